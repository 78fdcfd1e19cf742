using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

internal sealed partial class TreeWriter
{
    /// <summary>Larger than any disk here, and small enough that a thousand layers' sum is still a number.</summary>
    private const long MostBytes = 1L << 48;

    /// <summary>What a byte alone in a hole takes of the disk and of the page cache, on every file system and page size of 4 KiB.</summary>
    private const int BlockBytes = 4096;

    /// <summary>Called after each piece of a plain file's body, with the bytes of it that its file has.</summary>
    public Action<long>? Progress { get; init; }

    private void WriteFile(DirectoryHandle parent, SafeFileHandle file, TarReader tar, out UInt128 hash)
    {
        TarEntry entry = tar.Entry;
        long footprint = entry.Size;
        try
        {
            if (entry.Sparse is not null)
            {
                footprint = WriteRegions(file, tar, entry.Sparse);
            }
            else if (HasFileOfBeginning(tar, out UInt128 known))
            {
                TakeFile(parent, ref file, tar, known);
            }
            else if (TryTakeOver(file, tar))
            {
                footprint = 0; // nothing of it was written: nothing waits for the disk or lies in the cache
            }
            else
            {
                WriteBody(file, tar);
            }

            SetAttributes(file, entry);
        }
        catch
        {
            file.Dispose();
            _hash.Reset();
            throw;
        }

        hash = _hash.GetCurrentHashAsUInt128();
        _hash.Reset();
        Count(entry.RealSize);
        _behind.Close(file, footprint);
    }

    private void WriteBody(SafeFileHandle file, TarReader tar)
    {
        long written = 0;
        for (ReadOnlySpan<byte> piece = tar.ReadBody(); !piece.IsEmpty; piece = tar.ReadBody())
        {
            FileBytes.Write(file, piece, written);
            _hash.Append(piece);
            written += piece.Length;
            _behind.Wrote(file, written, piece.Length);
            Progress?.Invoke(written);
        }
    }

    /// <summary>Holes stay holes: a map can ask for more than any disk has, so nothing may cost what they would.</summary>
    /// <returns>Bytes that the file may take of disk and cache: 128 KiB in pieces of one byte are 512 MiB in blocks.</returns>
    private long WriteRegions(SafeFileHandle file, TarReader tar, SparseMap map)
    {
        // The length first: what no file system takes is refused before a byte of it is written.
        FileBytes.SetLength(file, map.RealSize);
        var cursor = new RegionCursor(map);
        long footprint = 0;
        for (ReadOnlySpan<byte> piece = tar.ReadBody(); !piece.IsEmpty; piece = tar.ReadBody())
        {
            _hash.Append(piece);
            while (!piece.IsEmpty)
            {
                int count = (int)Math.Min(piece.Length, cursor.Left());
                FileBytes.Write(file, piece[..count], cursor.Offset);
                cursor.Advance(count);
                piece = piece[count..];
                int cost = Math.Max(count, BlockBytes);
                footprint += cost;
                _behind.WroteScattered(file, footprint, cost);
            }
        }

        return footprint;
    }

    /// <summary>Sparse files can claim any number of bytes, and the figures of many layers are added up to be shown.</summary>
    private void Count(long bytes) => Bytes = Math.Min(MostBytes, Bytes + Math.Min(bytes, MostBytes));
}
