using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Coracle.Tests.Delta.Second;

/// <summary>One segment without its hashes.</summary>
internal sealed record OpenSegment(int OutputLength, byte[][] Streams);

/// <summary>A delta with its streams unpacked, and packed again with every checksum right: what somebody makes who knows the format and means no good.</summary>
internal sealed class OpenDelta
{
    private const int TargetAt = 16;

    private readonly byte[] _delta;
    private readonly DeltaHeader _header;
    private readonly int _headerLength;

    public OpenDelta(byte[] delta)
    {
        _delta = delta;
        _header = DeltaHeader.Read(delta, out _headerLength);
        var cursor = new Cursor(delta.AsMemory(_headerLength), "delta");
        while (cursor.Byte() == 'S')
        {
            cursor.Number();
            cursor.Number();
            int outputLength = (int)cursor.Number();
            cursor.Take(16);
            Segments.Add(new OpenSegment(outputLength, SegmentStreams.Unpack(cursor, _header.DictionaryBits, int.MaxValue)));
            cursor.Take(16);
        }
    }

    public List<OpenSegment> Segments { get; } = [];

    /// <summary>What the second decoder makes of the segments, without asking whether it is the target.</summary>
    /// <returns>As many as could be made, and why it is not all.</returns>
    public (List<byte[]> Outputs, RefusedException? Refusal) Make(IBaseLayers layers)
    {
        var sources = new Sources(_header, layers);
        List<byte[]> outputs = [];
        try
        {
            foreach (OpenSegment segment in Segments)
            {
                outputs.Add(new SegmentOperations(new SegmentStreams(segment.Streams), sources, _header.TarLength - outputs.Sum(o => o.Length), segment.OutputLength).Run());
            }
        }
        catch (RefusedException e)
        {
            return (outputs, e);
        }

        return (outputs, null);
    }

    /// <param name="outputs">What the segments are to give; those that are missing get a hash of nothing.</param>
    public byte[] Pack(List<byte[]> outputs)
    {
        List<byte> delta = [.. _delta[.._headerLength]];
        long offset = 0;
        for (int i = 0; i < Segments.Count; i++)
        {
            byte[] segment = Pack(Segments[i], offset, i < outputs.Count ? outputs[i] : []);
            delta.AddRange(segment);
            offset += Segments[i].OutputLength;
        }

        List<byte> end = [(byte)'E'];
        AddNumber(end, Segments.Count);
        AddNumber(end, _header.TarLength);
        byte[] all = [.. delta, .. end, .. new byte[8]];
        BinaryPrimitives.WriteUInt64LittleEndian(all.AsSpan(all.Length - 8), XxHash3.HashToUInt64([.. end]));
        SHA256.HashData([.. outputs.SelectMany(o => o)]).CopyTo(all, TargetAt);
        BinaryPrimitives.WriteUInt64LittleEndian(all.AsSpan(_headerLength - 8), XxHash3.HashToUInt64(all.AsSpan(0, _headerLength - 8)));
        return all;
    }

    private static byte[] Pack(OpenSegment segment, long offset, byte[] output)
    {
        List<byte> inside = [];
        AddNumber(inside, offset);
        AddNumber(inside, segment.OutputLength);
        inside.AddRange(XxHash128.Hash(output));
        foreach (byte[] plain in segment.Streams)
        {
            AddNumber(inside, plain.Length);
            if (plain.Length > 0)
            {
                byte[] packed = PackPlain(plain);
                AddNumber(inside, packed.Length);
                inside.AddRange(packed);
            }
        }

        List<byte> all = [(byte)'S'];
        AddNumber(all, inside.Count + 16);
        all.AddRange(inside);
        return [.. all, .. XxHash128.Hash([.. all])];
    }

    /// <summary>LZMA2 that packs nothing.</summary>
    private static byte[] PackPlain(byte[] plain)
    {
        List<byte> packed = [];
        for (int at = 0; at < plain.Length; at += 1 << 16)
        {
            int length = Math.Min(plain.Length - at, 1 << 16);
            packed.AddRange([(byte)(at == 0 ? 1 : 2), (byte)((length - 1) >> 8), (byte)(length - 1), .. plain[at..(at + length)]]);
        }

        return [.. packed, 0];
    }

    private static void AddNumber(List<byte> bytes, long value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }
}
