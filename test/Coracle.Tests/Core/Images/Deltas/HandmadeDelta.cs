using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Oci;

namespace Coracle.Tests.Core.Images.Deltas;

/// <summary>
/// Deltas written by hand after docs/formats/delta.md, stored: sound ones, and such as no builder makes.
/// </summary>
internal static class HandmadeDelta
{
    private const int Block = 512;
    private const int Streams = 10;

    /// <summary>The target's file by its difference to the base's, which is as long; headers as the base's.</summary>
    /// <param name="claims">What the delta says that it makes.</param>
    /// <param name="version">Of the format.</param>
    public static byte[] Patch(byte[] oldTar, byte[] newTar, DiffId from, DiffId claims, int version = 1, int entries = 1)
    {
        int length = LengthOf(oldTar), padded = (length + Block - 1) / Block * Block;
        byte[][] streams = Nothing();
        List<byte> runs = [], differences = [];
        int zeros = 0, at = Block;
        while (at < Block + length)
        {
            int others = 0;
            while (at < Block + length && oldTar[at] == newTar[at])
            {
                zeros++;
                at++;
            }

            while (at < Block + length && oldTar[at] != newTar[at])
            {
                differences.Add((byte)(newTar[at] - oldTar[at]));
                others++;
                at++;
            }

            if (others > 0)
            {
                runs.AddRange([.. Number(zeros), .. Number(others)]);
            }

            zeros = 0;
        }

        const int Form = 1 | (2 << 2);                            // with a reference, patched
        streams[0] = [.. Number((Form << 3) | 2), 0, 0, .. Number(((newTar.Length - Block - padded - 1) << 3) | 5)];
        streams[1] = [0, 0];                                      // a mask of nothing, for one entry
        streams[4] = [0];                                         // the whole body by difference,
        streams[6] = [0];                                         // from where it stands
        streams[7] = [.. runs];
        streams[8] = [.. differences];
        return Assemble(newTar, [(from, entries)], claims, [(0, newTar.Length, streams)], version);
    }

    /// <summary>The base's tar as it is.</summary>
    public static byte[] Copy(byte[] tar, DiffId from, DiffId claims)
    {
        int padded = (LengthOf(tar) + Block - 1) / Block * Block;
        byte[][] streams = Nothing();
        streams[0] = [0, 0, .. Number(((tar.Length - Block - padded - 1) << 3) | 5)];
        streams[1] = [0, 0];
        return Assemble(tar, [(from, 1)], claims, [(0, tar.Length, streams)], version: 1);
    }

    /// <summary>The base's one file with its headers, and behind it new bytes in segments of that length.</summary>
    public static byte[] Extend(byte[] newTar, int copied, int segment, DiffId from, DiffId claims)
    {
        byte[][] first = Nothing();
        first[0] = [0, 0];
        first[1] = [0, 0];
        List<(int At, int Length, byte[][] Streams)> segments = [(0, copied, first)];
        for (int at = copied; at < newTar.Length; at += segment)
        {
            byte[][] streams = Nothing();
            int length = Math.Min(segment, newTar.Length - at);
            streams[0] = Number(((length - 1) << 3) | 4);
            streams[2] = newTar[at..(at + length)];
            segments.Add((at, length, streams));
        }

        return Assemble(newTar, [(from, 1)], claims, segments, version: 1);
    }

    private static byte[][] Nothing() => [.. Enumerable.Repeat(0, Streams).Select(_ => Array.Empty<byte>())];

    private static int LengthOf(byte[] tar) => Convert.ToInt32(System.Text.Encoding.ASCII.GetString(tar, 124, 11), 8);

    private static byte[] Assemble(
        byte[] output, (DiffId Layer, int Entries)[] bases, DiffId claims, List<(int At, int Length, byte[][] Streams)> segments, int version)
    {
        byte[] claimed = new byte[Digest.ByteLength];
        claims.Digest.CopyTo(claimed);
        List<byte> rest = [.. claimed, .. Number(output.Length), .. Number(bases.Length)];
        foreach ((DiffId layer, int entries) in bases)
        {
            layer.Digest.CopyTo(claimed);
            rest.AddRange([.. claimed, 1, 0, .. Number(entries - 1)]);
        }

        List<byte> delta = [.. "CORACLDL"u8, (byte)version, 0, 1, 20, .. Fixed(16 + rest.Count + 8, 4), .. rest];
        delta.AddRange(Fixed((long)XxHash3.HashToUInt64([.. delta]), 8));

        foreach ((int at, int length, byte[][] streams) in segments)
        {
            delta.AddRange(Segment(output, at, length, streams));
        }

        byte[] end = [(byte)'E', .. Number(segments.Count), .. Number(output.Length)];
        delta.AddRange([.. end, .. Fixed((long)XxHash3.HashToUInt64(end), 8)]);
        return [.. delta];
    }

    private static byte[] Segment(byte[] output, int at, int length, byte[][] streams)
    {
        List<byte> body = [.. Number(at), .. Number(length), .. XxHash128.Hash(output.AsSpan(at, length))];
        foreach (byte[] stream in streams)
        {
            byte[] packed = stream.Length > 0 ? Stored(stream) : [];
            body.AddRange([.. Number(stream.Length), .. stream.Length > 0 ? [.. Number(packed.Length), .. packed] : Array.Empty<byte>()]);
        }

        byte[] whole = [(byte)'S', .. Number(body.Count + 16), .. body];
        return [.. whole, .. XxHash128.Hash(whole)];
    }

    /// <summary>LZMA2 that compresses nothing.</summary>
    private static byte[] Stored(byte[] plain)
    {
        const int Chunk = 1 << 16;
        List<byte> packed = [];
        for (int at = 0; at < plain.Length; at += Chunk)
        {
            int count = Math.Min(Chunk, plain.Length - at);
            packed.AddRange([(byte)(at == 0 ? 1 : 2), (byte)((count - 1) >> 8), (byte)(count - 1), .. plain.AsSpan(at, count)]);
        }

        return [.. packed, 0];
    }

    private static byte[] Number(long value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    private static byte[] Fixed(long value, int length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..length];
    }
}
