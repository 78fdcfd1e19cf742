namespace Coracle.Delta;

/// <summary>A field of a header block: where it begins and how many bytes it has.</summary>
internal readonly struct HeaderField(int at, int length)
{
    public int At => at;

    public int Length => length;

    public static HeaderField Name => new(0, 100);

    public static HeaderField Mode => new(100, 8);

    public static HeaderField Uid => new(108, 8);

    public static HeaderField Gid => new(116, 8);

    public static HeaderField Size => new(124, 12);

    public static HeaderField Time => new(136, 12);

    public static HeaderField Checksum => new(148, 8);

    public static HeaderField Link => new(157, 100);

    public static HeaderField Prefix => new(345, 155);

    public const int TypeAt = 156, MagicAt = 257;
}
