using Coracle.Tar;

namespace Coracle.Fuzz;

/// <summary>A layer's or an archive's tar: the raw bytes, the bodies and the trailer together are the input, whatever it says of itself.</summary>
internal static class TarTarget
{
    private const int BlockLength = 512, ChecksumAt = 148, ChecksumLength = 8;

    /// <summary>The same with the checksum of every block made right: no mutation would get past it, and whoever makes a tar can count.</summary>
    public static void Headers(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        for (int at = 0; at + BlockLength <= bytes.Length; at += BlockLength)
        {
            Span<byte> block = bytes.AsSpan(at, BlockLength);
            if (block.ContainsAnyExcept((byte)0))
            {
                SetChecksum(block);
            }
        }

        Run(bytes);
    }

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        using MemoryStream seen = new(bytes.Length);
        using TarReader tar = new(new MemoryStream(bytes));
        _ = TarReader.IsTar(input);
        while (tar.MoveNext())
        {
            seen.Write(tar.RawBytes);
            Promise.Holds(tar.BodyOffset == seen.Length, "the body begins behind the raw bytes");
            TakeEntry(tar, seen);
        }

        seen.Write(tar.RawBytes);
        for (ReadOnlySpan<byte> trailer = tar.ReadTrailer(); !trailer.IsEmpty; trailer = tar.ReadTrailer())
        {
            seen.Write(trailer);
        }

        Promise.Same(seen.GetBuffer().AsSpan(0, (int)seen.Length), input, "a tar that is read to its end has been given out byte for byte");
    }

    private static void SetChecksum(Span<byte> block)
    {
        Span<byte> field = block.Slice(ChecksumAt, ChecksumLength);
        field.Fill((byte)' ');
        int sum = 0;
        foreach (byte b in block)
        {
            sum += b;
        }

        for (int i = 5; i >= 0; i--, sum >>= 3)
        {
            field[i] = (byte)('0' + (sum & 7));
        }

        field[6] = 0;
    }

    private static void TakeEntry(TarReader tar, MemoryStream seen)
    {
        TarEntry entry = tar.Entry;
        Promise.Holds(entry.Size >= 0, "no size is negative");
        Promise.Holds(!entry.Name.Span.Contains((byte)0) && !entry.LinkName.Span.Contains((byte)0), "no name has a NUL");
        long size = entry.Size;
        for (ReadOnlySpan<byte> piece = tar.ReadBody(); !piece.IsEmpty; piece = tar.ReadBody())
        {
            seen.Write(piece);
            size -= piece.Length;
        }

        Promise.Holds(size == 0, "a body is as long as its entry says");
    }
}
