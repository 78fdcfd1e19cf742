using System.Buffers.Binary;

namespace Coracle.E2E;

/// <summary>What a 64-bit little-endian ELF file asks of the machine it is started on.</summary>
internal sealed record ElfFile(int Machine, bool HasInterpreter, int NeededLibraries)
{
    public const int X64 = 62;
    public const int Arm64 = 183;

    private const int SegmentDynamic = 2;
    private const int SegmentInterpreter = 3;
    private const int TagNull = 0;
    private const int TagNeeded = 1;

    public static ElfFile Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        Assert.Equal((byte[])[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1], file[..6]);
        long table = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(32));
        int entry = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(54)), count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(56));
        bool interpreter = false;
        int needed = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> segment = file.AsSpan((int)table + (i * entry), entry);
            int type = BinaryPrimitives.ReadInt32LittleEndian(segment);
            interpreter |= type == SegmentInterpreter;
            needed += type == SegmentDynamic ? CountNeeded(file.AsSpan((int)BinaryPrimitives.ReadInt64LittleEndian(segment[8..]))) : 0;
        }

        return new ElfFile(BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(18)), interpreter, needed);
    }

    /// <summary>Pairs of tag and value, up to the null tag.</summary>
    private static int CountNeeded(ReadOnlySpan<byte> entries)
    {
        int needed = 0;
        for (long tag; (tag = BinaryPrimitives.ReadInt64LittleEndian(entries)) != TagNull; entries = entries[16..])
        {
            needed += tag == TagNeeded ? 1 : 0;
        }

        return needed;
    }
}
