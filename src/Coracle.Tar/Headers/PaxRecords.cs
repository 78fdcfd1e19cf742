namespace Coracle.Tar;

/// <summary>Walks the records of a PAX extended header: <c>"%d %s=%s\n"</c>, the number being the record's whole length.</summary>
/// <remarks>Values are bytes: an xattr may hold newlines, NULs and bytes above 0x7f, so nothing but the length ends a record.</remarks>
internal ref struct PaxRecords(ReadOnlySpan<byte> body)
{
    private const int MaxLengthDigits = 8;

    private ReadOnlySpan<byte> _rest = body;

    public ReadOnlySpan<byte> Key { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where <see cref="Value"/> starts in the body.</summary>
    public int ValueOffset { get; private set; }

    private int _offset;

    /// <returns>False at the end; then <see cref="IsBroken"/> says whether the end was one.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int space = _rest[..Math.Min(_rest.Length, MaxLengthDigits + 1)].IndexOf((byte)' ');
        if (space < 1 || !TarNumber.TryParseDecimal(_rest[..space], out long length)
            || length > _rest.Length || length < space + 2 || _rest[(int)length - 1] != (byte)'\n')
        {
            IsBroken = true;
            return false;
        }

        ReadOnlySpan<byte> record = _rest[(space + 1)..((int)length - 1)];
        int equals = record.IndexOf((byte)'=');
        if (equals < 1 || record[..equals].Contains((byte)0))
        {
            IsBroken = true;
            return false;
        }

        Key = record[..equals];
        Value = record[(equals + 1)..];
        ValueOffset = _offset + space + 1 + equals + 1;
        _offset += (int)length;
        _rest = _rest[(int)length..];
        return true;
    }

    public bool IsBroken { get; private set; }
}
