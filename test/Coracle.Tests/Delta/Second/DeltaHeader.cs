using System.Buffers.Binary;
using System.IO.Hashing;

namespace Coracle.Tests.Delta.Second;

/// <summary>The entries of one base that the delta may read.</summary>
internal sealed record BaseRuns(byte[] DiffId, List<(long First, long Count)> Runs)
{
    public bool Holds(long entry) => Runs.Exists(run => entry >= run.First && entry - run.First < run.Count);
}

/// <summary>What stands in front of a delta's segments.</summary>
internal sealed record DeltaHeader(int DictionaryBits, byte[] Target, long TarLength, List<BaseRuns> Bases)
{
    private const int MaxLength = 256 * 1024;
    private const int MaxBases = 127;
    private const int FixedLength = 16;

    public static DeltaHeader Read(ReadOnlyMemory<byte> delta, out int length)
    {
        var start = new Cursor(delta, "header");
        RefusedException.Unless(start.Take(8).SequenceEqual("CORACLDL"u8), "this is no delta");
        int version = BinaryPrimitives.ReadUInt16LittleEndian(start.Take(2));
        RefusedException.Unless(version == 1, $"version {version}");
        byte codec = start.Byte();
        RefusedException.Unless(codec == 1, $"codec {codec}");
        byte bits = start.Byte();
        RefusedException.Unless(bits is >= 12 and <= 20, $"a dictionary of 2^{bits}");
        uint said = start.UInt32();
        RefusedException.Unless(said is >= FixedLength + 8 and <= MaxLength && said <= delta.Length, $"a header of {said} bytes");
        length = (int)said;
        ulong sum = BinaryPrimitives.ReadUInt64LittleEndian(delta.Span[(length - 8)..]);
        RefusedException.Unless(sum == XxHash3.HashToUInt64(delta.Span[..(length - 8)]), "the header is damaged");
        return ReadBehindLength(new Cursor(delta[FixedLength..(length - 8)], "header"), bits);
    }

    private static DeltaHeader ReadBehindLength(Cursor cursor, int bits)
    {
        byte[] target = cursor.Take(32).ToArray();
        long tarLength = cursor.Number(long.MaxValue / 2);
        long count = cursor.Number(MaxBases);
        var bases = new List<BaseRuns>();
        for (long i = 0; i < count; i++)
        {
            bases.Add(ReadBase(cursor));
        }

        RefusedException.Unless(cursor.IsAtEnd, "header: bytes behind the bases");
        return new DeltaHeader(bits, target, tarLength, bases);
    }

    private static BaseRuns ReadBase(Cursor cursor)
    {
        byte[] diffId = cursor.Take(32).ToArray();
        long count = cursor.Number();
        var runs = new List<(long, long)>();
        long at = 0;
        for (long i = 0; i < count; i++)
        {
            long first = at + cursor.Number(uint.MaxValue);
            long length = cursor.Number(uint.MaxValue) + 1;
            at = first + length;
            RefusedException.Unless(at <= 1L << 32, "header: more than 2^32 entries");
            runs.Add((first, length));
        }

        return new BaseRuns(diffId, runs);
    }
}
