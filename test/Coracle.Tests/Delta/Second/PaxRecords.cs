using System.Text;

namespace Coracle.Tests.Delta.Second;

/// <summary>The records of an <c>x</c> unit, in their order.</summary>
internal sealed class PaxRecords
{
    private const int MostSecondDigits = 14;

    private readonly List<(byte[] Key, byte[] Value)> _records = [];
    private readonly HashSet<int> _said = [];

    /// <summary>Seconds and nanoseconds of the record <c>mtime</c>, if it can be read.</summary>
    public (long Seconds, long Nanoseconds)? Time { get; private set; }

    public bool TimeHasPoint { get; private set; }

    /// <summary>The value of the last record with this key that is not empty, or null.</summary>
    public byte[]? Last(ReadOnlySpan<byte> key)
    {
        for (int i = _records.Count - 1; i >= 0; i--)
        {
            if (_records[i].Value.Length > 0 && key.SequenceEqual(_records[i].Key))
            {
                return _records[i].Value;
            }
        }

        return null;
    }

    /// <returns>Null if a record is not <c>length SP key=value LF</c>.</returns>
    public static PaxRecords? Parse(ReadOnlySpan<byte> body)
    {
        var records = new PaxRecords();
        while (!body.IsEmpty)
        {
            int space = body.IndexOf((byte)' ');
            if (space is < 1 or > 9 || body[0] == '0' || body[..space].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            {
                return null;
            }

            int length = int.Parse(body[..space]);
            if (length <= space + 1 || length > body.Length || body[length - 1] != '\n')
            {
                return null;
            }

            ReadOnlySpan<byte> inside = body[(space + 1)..(length - 1)];
            int equals = inside.IndexOf((byte)'=');
            if (equals < 1)
            {
                return null;
            }

            records._records.Add((inside[..equals].ToArray(), inside[(equals + 1)..].ToArray()));
            records.ReadTime();
            body = body[length..];
        }

        return records;
    }

    /// <summary>All records with this key, but those whose new value the delta has said.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < _records.Count; i++)
        {
            if (!_said.Contains(i) && key.SequenceEqual(_records[i].Key))
            {
                _records[i] = (_records[i].Key, value.ToArray());
            }
        }
    }

    /// <summary>What the delta says of this one.</summary>
    public void Say(long index, byte[] value)
    {
        RefusedException.Unless(index < _records.Count, "a record that is not there");
        _records[(int)index] = (_records[(int)index].Key, value);
        _said.Add((int)index);
    }

    public byte[] ToBytes() => [.. _records.SelectMany(record => ToBytes(record.Key, record.Value))];

    private static byte[] ToBytes(byte[] key, byte[] value)
    {
        int rest = key.Length + value.Length + 3;
        int length = rest + 1;
        while (length != rest + $"{length}".Length)
        {
            length++;
        }

        return [.. Encoding.ASCII.GetBytes($"{length} "), .. key, (byte)'=', .. value, (byte)'\n'];
    }

    /// <summary>The last record, if it is a time; the last time is the one that counts.</summary>
    private void ReadTime()
    {
        if (!_records[^1].Key.AsSpan().SequenceEqual("mtime"u8))
        {
            return;
        }

        string text = Encoding.Latin1.GetString(_records[^1].Value);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string seconds = point < 0 ? text : text[..point];
        string fraction = point < 0 ? "0" : text[(point + 1)..];
        if (seconds.Length is >= 1 and <= MostSecondDigits && fraction.Length is >= 1 and <= 9 && (seconds + fraction).All(char.IsAsciiDigit))
        {
            Time = (long.Parse(seconds), long.Parse(fraction.PadRight(9, '0')));
            TimeHasPoint = point >= 0;
        }
    }
}
