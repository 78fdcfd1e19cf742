using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Delta;
using Coracle.Lzma;
using Coracle.Oci;

namespace Coracle.Fuzz;

/// <summary>A layer's delta, against one small base. Its checksums are made right: they find damage, and are nothing to whoever makes the bytes.</summary>
internal static class DeltaTargets
{
    private const int StreamCount = 10, HashLength = 16, ChecksumLength = 8;

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        MakeRight(bytes);
        Apply(bytes);
    }

    /// <summary>The same from inside: the input is what stands in the streams of one segment, packed for it. A length for each stream in 16 bits, then their bytes.</summary>
    public static void Inside(ReadOnlySpan<byte> input)
    {
        List<byte> segment = [0];
        Number(segment, 1 << 20);
        segment.AddRange(new byte[HashLength]);
        int at = 2 * StreamCount;
        for (int i = 0; i < StreamCount; i++)
        {
            int length = input.Length < 2 * StreamCount ? 0 : Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(input[(2 * i)..]), input.Length - at);
            Number(segment, length);
            if (length > 0)
            {
                Number(segment, length + 4);
                segment.AddRange([1, (byte)((length - 1) >> 8), (byte)(length - 1), .. input.Slice(at, length), 0]);
                at += length;
            }
        }

        List<byte> delta = [.. "CORACLDL"u8, 1, 0, 1, 20, 0, 0, 0, 0, .. new byte[Digest.ByteLength]];
        Number(delta, 1 << 20);
        delta.AddRange([1, .. new byte[Digest.ByteLength], 1, 0, FuzzLayer.Count - 1, .. new byte[ChecksumLength]]);
        byte[] header = [.. delta];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), header.Length);
        delta = [.. header, (byte)'S'];
        Number(delta, segment.Count + HashLength);
        byte[] bytes = [.. delta, .. segment, .. new byte[HashLength]];
        MakeRight(bytes);
        Apply(bytes);
    }

    /// <summary>A real delta, from our own writer.</summary>
    public static byte[] Seed()
    {
        using MemoryStream delta = new();
        using FuzzLayer old = new(), later = new(isLater: true);
        DeltaBuilder.Create([old], later, new DeltaOptions { Threads = 1, MemoryBytes = 1 << 20 }, delta, default);
        return delta.ToArray();
    }

    /// <summary>What stands in the streams of its first segment.</summary>
    public static byte[] SeedInside()
    {
        byte[] delta = Seed();
        ReadOnlySpan<byte> rest = delta.AsSpan(BinaryPrimitives.ReadInt32LittleEndian(delta.AsSpan(12)) + 1);
        for (int i = 0; i < 3; i++)
        {
            Numbers.TryTake(ref rest, out _);
        }

        rest = rest[HashLength..];
        List<byte> lengths = [], plains = [];
        Lzma2Decoder decoder = new();
        for (int i = 0; i < StreamCount; i++)
        {
            Numbers.TryTake(ref rest, out long plain);
            lengths.AddRange([(byte)plain, (byte)(plain >> 8)]);
            if (plain > 0)
            {
                Numbers.TryTake(ref rest, out long packed);
                byte[] bytes = new byte[plain];
                decoder.Start(1 << 20, rest[..(int)packed].ToArray());
                _ = decoder.Read(bytes);
                plains.AddRange(bytes);
                rest = rest[(int)packed..];
            }
        }

        return [.. lengths, .. plains];
    }

    private static void Apply(byte[] bytes)
    {
        using DeltaDecoder decoder = new(new MemoryStream(bytes), _ => new FuzzLayer());
        byte[] tar = new byte[4096];
        long total = 0;
        for (int count; total < FuzzTarget.MaxOutputBytes && (count = decoder.Read(tar)) > 0;)
        {
            total += count;
            Promise.Holds(decoder.TarOffset <= decoder.Header.TarLength, "a tar is not longer than the header says");
        }
    }

    private static void MakeRight(byte[] bytes)
    {
        if (bytes.Length < 16 || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12)) is var headerLength && (headerLength < 24 || headerLength > bytes.Length))
        {
            return;
        }

        int at = (int)headerLength;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at - ChecksumLength), XxHash3.HashToUInt64(bytes.AsSpan(0, at - ChecksumLength)));
        while (at < bytes.Length && bytes[at] == (byte)'S')
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(at + 1);
            int before = rest.Length;
            if (!Numbers.TryTake(ref rest, out long length) || length < HashLength || length > rest.Length)
            {
                return;
            }

            int end = at + 1 + (before - rest.Length) + (int)length;
            XxHash128.Hash(bytes.AsSpan(at, end - HashLength - at), bytes.AsSpan(end - HashLength));
            at = end;
        }
    }

    private static void Number(List<byte> bytes, long value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }
}
