using System.Buffers.Text;

namespace Coracle.Delta;

/// <summary>Walks the records of an extended header. Stricter than a reader of tars: what is passed can be written again, byte for byte.</summary>
internal ref struct PaxWalk(ReadOnlySpan<byte> records)
{
    private const int MaxLengthDigits = 8;

    private readonly ReadOnlySpan<byte> _records = records;
    private int _next;

    public ReadOnlySpan<byte> Key { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where <see cref="Value"/> begins.</summary>
    public int ValueAt { get; private set; }

    public bool IsBroken { get; private set; }

    public bool MoveNext()
    {
        ReadOnlySpan<byte> rest = _records[_next..];
        if (rest.IsEmpty || IsBroken)
        {
            return false;
        }

        IsBroken = true;
        if (!Utf8Parser.TryParse(rest[..Math.Min(rest.Length, MaxLengthDigits)], out uint length, out int digits) || rest[0] is < (byte)'1' or > (byte)'9'
            || length > rest.Length || length < digits + 4 || rest[digits] != (byte)' ' || rest[(int)length - 1] != (byte)'\n')
        {
            return false;
        }

        ReadOnlySpan<byte> record = rest[(digits + 1)..((int)length - 1)];
        int equals = record.IndexOf((byte)'=');
        if (equals < 1)
        {
            return false;
        }

        Key = record[..equals];
        Value = record[(equals + 1)..];
        ValueAt = _next + digits + 1 + equals + 1;
        _next += (int)length;
        IsBroken = false;
        return true;
    }

    /// <summary>Digits, or digits, a point and one to nine digits.</summary>
    public static bool TryTime(ReadOnlySpan<byte> text, out long seconds, out int nanoseconds, out bool hasPoint)
    {
        int point = text.IndexOf((byte)'.');
        hasPoint = point >= 0;
        ReadOnlySpan<byte> fraction = hasPoint ? text[(point + 1)..] : "0"u8;
        nanoseconds = 0;
        if (!TryDigits(hasPoint ? text[..point] : text, 14, out seconds) || !TryDigits(fraction, 9, out long value))
        {
            return false;
        }

        for (int i = fraction.Length; i < 9; i++)
        {
            value *= 10;
        }

        nanoseconds = (int)value;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, int most, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > most || text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        foreach (byte digit in text)
        {
            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
