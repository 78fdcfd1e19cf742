using Coracle.Core;

namespace Coracle.Api;

/// <summary>Watches what is typed at a terminal for the keys that leave it (ctrl-p ctrl-q unless chosen otherwise).</summary>
internal sealed class DetachKeys(byte[] keys)
{
    private int _matched;

    public ReadOnlySpan<byte> Keys => keys;

    public bool Detached { get; private set; }

    /// <param name="text"><c>ctrl-p,ctrl-q</c>; null or empty is that.</param>
    /// <exception cref="EngineException">Not keys.</exception>
    public static DetachKeys Parse(string? text)
    {
        string[] names = string.IsNullOrEmpty(text) ? ["ctrl-p", "ctrl-q"] : text.Split(',');
        byte[] codes = new byte[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            int code = Code(names[i]);
            codes[i] = code >= 0 ? (byte)code : throw new EngineException(Refusal.InvalidArgument, $"Invalid detach keys ({text}) provided");
        }

        return new DetachKeys(codes);
    }

    /// <returns>-1 for what is no key.</returns>
    private static int Code(string name)
    {
        if (name.Length == 1 && name[0] < 128)
        {
            return name[0];
        }

        if (name == "DEL")
        {
            return 127;
        }

        // The terminal's own rule: a control character is its letter without the upper bits; DEL is ctrl-?.
        const string Control = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
        return name.Length == 6 && name.StartsWith("ctrl-", StringComparison.Ordinal) ? Control.IndexOf(name[5], StringComparison.Ordinal) : -1;
    }

    /// <summary>What of the bytes typed is for the container: keys that may be the beginning of leaving are held back.</summary>
    public ReadOnlyMemory<byte> Filter(ReadOnlyMemory<byte> typed)
    {
        List<byte> passed = new(typed.Length + _matched);
        foreach (byte key in typed.Span)
        {
            if (key == keys[_matched])
            {
                if (++_matched == keys.Length)
                {
                    Detached = true;
                    break;
                }

                continue;
            }

            passed.AddRange(keys.AsSpan(0, _matched).ToArray());
            _matched = key == keys[0] ? 1 : 0;
            if (_matched == 0)
            {
                passed.Add(key);
            }
        }

        return passed.ToArray();
    }
}
