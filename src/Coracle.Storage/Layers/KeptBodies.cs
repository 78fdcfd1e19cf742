using System.Buffers;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>
/// After a tar that replaced files of its own: finds every row whose body is no longer under its name, and puts those bodies into
/// the record.
/// </summary>
/// <remarks>
/// Bodies are told apart by length and XXH128, not by name: names may since lead elsewhere, through links or other directories.
/// The layer is read once for this. It is the rare case, so it may cost what it costs; memory stays bounded.
/// </remarks>
internal sealed class KeptBodies(DirectoryHandle diff, RecordWriter record)
{
    /// <summary>Rows that may have lost their file; beyond that the layer is not made by any builder.</summary>
    private const int MaxLost = 65_536;

    /// <summary>Directories are held open on the way down.</summary>
    private const int MaxDepth = 64;

    private readonly Dictionary<(long Length, UInt128 Hash), List<(long Index, RecordRow Row)>> _lost = [];
    private int _lostCount;

    /// <param name="displaced">What was replaced; null where there is nothing.</param>
    /// <exception cref="RecordTooLargeException">There is more than a record holds.</exception>
    public void Keep(DirectoryHandle? displaced)
    {
        FindLost();
        if (_lost.Count > 0 && displaced is not null)
        {
            Search(displaced, depth: 0);
        }

        if (_lost.Count > 0)
        {
            Search(diff, depth: 0);
        }

        if (_lost.Count > 0)
        {
            throw new RecordTooLargeException();
        }
    }

    private void FindLost()
    {
        using RecordReader reader = record.ReadBack("layer being written");
        var path = new LayerPath();
        while (reader.MoveNext())
        {
            if (!reader.HasRow)
            {
                continue;
            }

            path.Set(reader.Entry.Name.Span);
            if (!LayerFiles.TryOpen(diff, path.Path, out SafeFileHandle? file))
            {
                AddLost(reader.RowIndex, reader.Row);
                continue;
            }

            using (file)
            {
                if (!Matches(file, reader.Row))
                {
                    AddLost(reader.RowIndex, reader.Row);
                }
            }
        }
    }

    private void AddLost(long index, in RecordRow row)
    {
        if (++_lostCount > MaxLost)
        {
            throw new RecordTooLargeException();
        }

        if (!_lost.TryGetValue((row.Length, row.Hash), out List<(long Index, RecordRow Row)>? rows))
        {
            _lost[(row.Length, row.Hash)] = rows = [];
        }

        rows.Add((index, row));
    }

    private void Search(DirectoryHandle directory, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new RecordTooLargeException();
        }

        using DirectoryReader entries = directory.ReadEntries();
        while (_lost.Count > 0 && entries.Next())
        {
            FileStatus status = directory.Stat(entries.Name);
            if (status.IsDirectory)
            {
                using DirectoryHandle below = directory.OpenDirectory(entries.Name);
                Search(below, depth + 1);
            }
            else if (status.IsRegularFile && IsLostLength(status.Size))
            {
                using SafeFileHandle file = directory.OpenRead(entries.Name);
                KeepIfLost(file, status.Size);
            }
        }
    }

    private bool IsLostLength(long length)
    {
        foreach ((long Length, UInt128 Hash) key in _lost.Keys)
        {
            if (key.Length == length)
            {
                return true;
            }
        }

        return false;
    }

    private void KeepIfLost(SafeFileHandle file, long length)
    {
        if (!_lost.Remove((length, LayerFiles.Hash(file)), out List<(long Index, RecordRow Row)>? rows))
        {
            return;
        }

        long keptAt = record.Frames.Position;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(RecordFormat.FrameLength);
        long at = 0;
        for (int read; (read = FileBytes.Read(file, buffer, at)) > 0; at += read)
        {
            record.Frames.Write(buffer.AsSpan(0, read));
        }

        ArrayPool<byte>.Shared.Return(buffer);
        foreach ((long index, RecordRow row) in rows)
        {
            record.Change(index, row with { KeptAt = keptAt });
        }
    }

    private static bool Matches(SafeFileHandle file, in RecordRow row)
        => RandomAccess.GetLength(file) == row.Length && LayerFiles.Hash(file) == row.Hash;
}
