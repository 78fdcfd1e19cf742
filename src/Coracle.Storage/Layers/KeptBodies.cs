using System.Buffers;
using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>
/// After a tar that replaced files of its own: finds every row whose body is no longer under its name, and puts those bodies into
/// the record.
/// </summary>
/// <remarks>
/// Bodies are told apart by length and XXH128, not by name: names may since lead elsewhere, through links or other directories.
/// The layer is read once for this. It is the rare case and may cost a few times what the tar did, but no more: holes weigh nothing in
/// a tar and everything in a hash. Memory stays bounded.
/// </remarks>
/// <param name="tarLength">Bytes of the whole tar.</param>
internal sealed class KeptBodies(DirectoryHandle diff, RecordWriter record, long tarLength, CancellationToken cancellationToken)
{
    /// <summary>Bytes that may be hashed beyond four times the tar: what no layer of a builder comes near, and done in a second.</summary>
    private const long FreeBytes = 1L << 30;

    /// <summary>Rows that may have lost their file; beyond that the layer is not made by any builder.</summary>
    private const int MaxLost = 65_536;

    /// <summary>The same of sparse files: each has to be looked for on its own, by its own map.</summary>
    private const int MaxLostSparse = 64;

    /// <summary>Directories are held open on the way down.</summary>
    private const int MaxDepth = 64;

    private readonly Dictionary<(long Length, UInt128 Hash), List<(long Index, RecordRow Row)>> _lost = [];
    private readonly List<LostSparse> _lostSparse = [];
    private int _lostCount;
    private int _lostRegions;
    private long _budget = FreeBytes + (4 * tarLength);

    private bool AnyLost => _lost.Count + _lostSparse.Count > 0;

    /// <param name="displaced">What was replaced; null where there is nothing.</param>
    /// <exception cref="RecordTooLargeException">There is more than a record holds.</exception>
    public void Keep(DirectoryHandle? displaced)
    {
        FindLost();
        if (AnyLost && displaced is not null)
        {
            Search(displaced, depth: 0);
        }

        if (AnyLost)
        {
            Search(diff, depth: 0);
        }

        if (AnyLost)
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
                AddLost(reader.RowIndex, reader.Row, reader.Entry.Sparse);
                continue;
            }

            using (file)
            {
                if (!LayerFiles.Matches(file, reader.Row, reader.Entry.Sparse))
                {
                    AddLost(reader.RowIndex, reader.Row, reader.Entry.Sparse);
                }
            }
        }
    }

    private void AddLost(long index, in RecordRow row, SparseMap? map)
    {
        if (map is not null)
        {
            _lostSparse.Add(new LostSparse(index, row, map));
            _lostRegions += map.Regions.Length;
            if (_lostSparse.Count > MaxLostSparse || _lostRegions > SparseMap.MaxRegions)
            {
                throw new RecordTooLargeException();
            }

            return;
        }

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
        while (AnyLost && entries.Next())
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
                KeepSparseIfLost(file);
            }
        }
    }

    private bool IsLostLength(long length)
        => IsLostPlainLength(length) || IsLostSparseLength(length);

    private bool IsLostPlainLength(long length)
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

    private bool IsLostSparseLength(long length)
    {
        foreach (LostSparse lost in _lostSparse)
        {
            if (lost.Map.RealSize == length)
            {
                return true;
            }
        }

        return false;
    }

    private void KeepSparseIfLost(SafeFileHandle file)
    {
        for (int i = _lostSparse.Count - 1; i >= 0; i--)
        {
            LostSparse lost = _lostSparse[i];
            Spend(lost.Row.Length);
            if (LayerFiles.Matches(file, lost.Row, lost.Map))
            {
                record.Change(lost.Index, lost.Row with { KeptAt = Keep(file, lost.Map) });
                _lostSparse.RemoveAt(i);
            }
        }
    }

    private void KeepIfLost(SafeFileHandle file, long length)
    {
        if (!IsLostPlainLength(length))
        {
            return;
        }

        Spend(length);
        if (!_lost.Remove((length, LayerFiles.Hash(file, map: null)), out List<(long Index, RecordRow Row)>? rows))
        {
            return;
        }

        long keptAt = Keep(file, map: null);
        foreach ((long index, RecordRow row) in rows)
        {
            record.Change(index, row with { KeptAt = keptAt });
        }
    }

    private void Spend(long bytes)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _budget -= bytes;
        if (_budget < 0)
        {
            throw new RecordTooLargeException();
        }
    }

    /// <returns>Where in the frames' content its body is now.</returns>
    private long Keep(SafeFileHandle file, SparseMap? map)
    {
        long keptAt = record.Frames.Position;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(RecordFormat.FrameLength);
        try
        {
            using Stream? packed = map is null ? null : new PackedFileStream(file, map);
            long at = 0;
            for (int read; (read = packed?.Read(buffer) ?? FileBytes.Read(file, buffer, at)) > 0; at += read)
            {
                record.Frames.Write(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return keptAt;
    }

    private sealed class LostSparse(long index, RecordRow row, SparseMap map)
    {
        public long Index => index;

        public RecordRow Row => row;

        public SparseMap Map => map;
    }
}
