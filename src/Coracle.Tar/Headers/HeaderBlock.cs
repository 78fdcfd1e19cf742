namespace Coracle.Tar;

/// <summary>One 512-byte header block and where its fields are (POSIX.1-1988 ustar; GNU tar's and star's variations).</summary>
internal readonly ref struct HeaderBlock(ReadOnlySpan<byte> block)
{
    public const int Length = 512;
    public const int NameLength = 100;
    public const int PrefixLength = 155;

    private const int ChecksumAt = 148;
    private const int ChecksumLength = 8;
    private const int MagicAt = 257;
    private const int PrefixAt = 345;

    private readonly ReadOnlySpan<byte> _block = block;

    public byte TypeFlag => _block[156];

    public ReadOnlySpan<byte> Name => Text(0, NameLength);

    public ReadOnlySpan<byte> LinkName => Text(157, 100);

    public bool IsZero => _block.IndexOfAnyExcept((byte)0) < 0;

    /// <summary>"ustar\0": the format of POSIX, and of PAX.</summary>
    public bool IsPosix => _block.Slice(MagicAt, 6).SequenceEqual("ustar\0"u8);

    public bool IsGnu => _block.Slice(MagicAt, 8).SequenceEqual("ustar  \0"u8);

    /// <summary>Devices, users' names and what else POSIX added behind v7's fields are there.</summary>
    public bool HasDeviceFields => IsPosix || IsGnu;

    public bool TryMode(out long mode) => TarNumber.TryParseField(_block.Slice(100, 8), out mode);

    public bool TryUid(out long uid) => TarNumber.TryParseField(_block.Slice(108, 8), out uid);

    public bool TryGid(out long gid) => TarNumber.TryParseField(_block.Slice(116, 8), out gid);

    public bool TrySize(out long size) => TarNumber.TryParseField(_block.Slice(124, 12), out size);

    public bool TryModifiedAt(out long seconds) => TarNumber.TryParseField(_block.Slice(136, 12), out seconds);

    public bool TryDeviceMajor(out long major) => TarNumber.TryParseField(_block.Slice(329, 8), out major);

    public bool TryDeviceMinor(out long minor) => TarNumber.TryParseField(_block.Slice(337, 8), out minor);

    /// <summary>What goes, with a slash, before <see cref="Name"/>; empty in formats that have other things there.</summary>
    public ReadOnlySpan<byte> Prefix
    {
        get
        {
            if (IsPosix)
            {
                // star keeps two times behind a shorter prefix and says so in the block's last four bytes.
                return Text(PrefixAt, _block[508..].SequenceEqual("tar\0"u8) ? 131 : PrefixLength);
            }

            // Go before 1.8 wrote a prefix under GNU's magic. GNU has two times there: what is no number is such a prefix.
            bool goPrefix = IsGnu && (!IsTimeOrNothing(PrefixAt) || !IsTimeOrNothing(PrefixAt + 12));
            ReadOnlySpan<byte> prefix = goPrefix ? Text(PrefixAt, PrefixLength) : [];
            return prefix.ContainsAnyInRange((byte)0x80, (byte)0xff) ? [] : prefix;
        }
    }

    private bool IsTimeOrNothing(int at) => _block[at] == 0 || TarNumber.TryParseField(_block.Slice(at, 12), out _);

    /// <remarks>Some old writers summed signed characters; GNU tar and Go accept both sums.</remarks>
    public bool ChecksumIsRight()
    {
        if (!TarNumber.TryParseField(_block.Slice(ChecksumAt, ChecksumLength), out long stated))
        {
            return false;
        }

        // The sum is taken with the field itself read as eight spaces.
        int unsigned = Sum(_block[..ChecksumAt]) + Sum(_block[(ChecksumAt + ChecksumLength)..]) + (ChecksumLength * ' ');
        return stated == unsigned || stated == unsigned - (256 * HighBytes());
    }

    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        foreach (byte b in bytes)
        {
            sum += b;
        }

        return sum;
    }

    private int HighBytes()
    {
        int count = 0;
        for (int i = 0; i < Length; i++)
        {
            count += i is >= ChecksumAt and < ChecksumAt + ChecksumLength ? 0 : _block[i] >> 7;
        }

        return count;
    }

    private ReadOnlySpan<byte> Text(int start, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(start, length);
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
