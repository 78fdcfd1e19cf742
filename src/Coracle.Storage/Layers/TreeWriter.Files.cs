using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

internal sealed partial class TreeWriter
{
    private void WriteFile(SafeFileHandle file, TarReader tar, out UInt128 hash)
    {
        TarEntry entry = tar.Entry;
        try
        {
            if (entry.Sparse is null)
            {
                WriteBody(file, tar);
            }
            else
            {
                WriteRegions(file, tar, entry.Sparse);
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
        _behind.Close(file, entry.Size);
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
        }
    }

    /// <summary>Holes stay holes: a map can ask for more than any disk has, so nothing may cost what they would.</summary>
    private void WriteRegions(SafeFileHandle file, TarReader tar, SparseMap map)
    {
        // The length first: what no file system takes is refused before a byte of it is written.
        FileBytes.SetLength(file, map.RealSize);
        var cursor = new RegionCursor(map);
        long written = 0;
        for (ReadOnlySpan<byte> piece = tar.ReadBody(); !piece.IsEmpty; piece = tar.ReadBody())
        {
            _hash.Append(piece);
            written += piece.Length;
            int length = piece.Length;
            while (!piece.IsEmpty)
            {
                int count = (int)Math.Min(piece.Length, cursor.Left());
                FileBytes.Write(file, piece[..count], cursor.Offset);
                cursor.Advance(count);
                piece = piece[count..];
            }

            _behind.WroteScattered(file, written, length);
        }
    }

    /// <summary>A few sparse files can claim more than 64 bits of bytes; the figure is only shown.</summary>
    private void Count(long bytes) => Bytes = Bytes > long.MaxValue - bytes ? long.MaxValue : Bytes + bytes;
}
