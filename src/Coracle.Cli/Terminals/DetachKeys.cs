namespace Coracle.Cli;

/// <summary>Finds the keys that leave a container running, in what is typed. One of these for one conversation.</summary>
internal sealed class DetachKeys
{
    /// <summary>Docker's: ctrl-p, ctrl-q.</summary>
    private static readonly byte[] _usual = [0x10, 0x11];

    private readonly byte[] _keys;
    private int _matched;

    private DetachKeys(byte[] keys) => _keys = keys;

    /// <param name="text"><c>ctrl-a,x</c>; null or empty for Docker's own.</param>
    /// <returns>Null where the text names no keys.</returns>
    public static DetachKeys? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return new DetachKeys(_usual);
        }

        string[] names = text.Split(',');
        byte[] keys = new byte[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            int key = KeyOf(names[i]);
            if (key < 0)
            {
                return null;
            }

            keys[i] = (byte)key;
        }

        return new DetachKeys(keys);
    }

    public static DetachKeys Usual() => new(_usual);

    /// <summary>Takes what was typed and gives what the program is to have.</summary>
    /// <param name="passed">Room for the input and the keys held back before it.</param>
    /// <returns>How much is in <paramref name="passed"/>, and whether all the keys have come.</returns>
    public (int Count, bool IsDetached) Pass(ReadOnlySpan<byte> typed, Span<byte> passed)
    {
        int count = 0;
        foreach (byte key in typed)
        {
            if (key == _keys[_matched])
            {
                if (++_matched == _keys.Length)
                {
                    return (count, true);
                }

                continue;
            }

            // It was not meant: what was held back is typed text after all.
            _keys.AsSpan(0, _matched).CopyTo(passed[count..]);
            count += _matched;
            _matched = 0;
            if (key == _keys[0])
            {
                _matched = 1;
            }
            else
            {
                passed[count++] = key;
            }
        }

        return (count, false);
    }

    /// <summary>More than any sequence of keys holds back.</summary>
    public int MostHeldBack => _keys.Length;

    private static int KeyOf(string name)
    {
        if (name.Length == 1)
        {
            return name[0] < 0x80 ? name[0] : -1;
        }

        if (!name.StartsWith("ctrl-", StringComparison.Ordinal) || name.Length != "ctrl-x".Length)
        {
            return -1;
        }

        char letter = char.ToLowerInvariant(name[^1]);
        return letter switch
        {
            >= 'a' and <= 'z' => letter - 'a' + 1,
            '@' => 0,
            '[' or '\\' or ']' or '^' or '_' => letter - '@',
            _ => -1,
        };
    }
}
