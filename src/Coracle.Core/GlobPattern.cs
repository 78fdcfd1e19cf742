namespace Coracle.Core;

/// <summary>Go's path.Match: <c>*</c> and <c>?</c> match anything but a slash, <c>[a-z]</c> a class, <c>\</c> quotes.</summary>
internal static class GlobPattern
{
    /// <remarks>One star is remembered at a time, so the cost is at most the product of both lengths, never exponential.</remarks>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, starPattern = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (starPattern, starText) = (p++, t);
            }
            else if (p < pattern.Length && MatchesOne(pattern, ref p, text[t]))
            {
                t++;
            }
            else if (starPattern >= 0 && text[starText] != '/')
            {
                p = starPattern + 1;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, ref int p, char c)
    {
        switch (pattern[p])
        {
            case '?':
                p++;
                return c != '/';
            case '[':
                return MatchesClass(pattern, ref p, c);
            case '\\' when p + 1 < pattern.Length:
                p += 2;
                return pattern[p - 1] == c;
            default:
                return pattern[p++] == c;
        }
    }

    private static bool MatchesClass(ReadOnlySpan<char> pattern, ref int p, char c)
    {
        int close = pattern[p..].IndexOf(']');
        if (close < 2)
        {
            return false;
        }

        ReadOnlySpan<char> members = pattern.Slice(p + 1, close - 1);
        p += close + 1;
        bool negated = members[0] == '^';
        members = negated ? members[1..] : members;
        bool found = false;
        for (int i = 0; i < members.Length; i++)
        {
            bool isRange = i + 2 < members.Length && members[i + 1] == '-';
            found |= isRange ? c >= members[i] && c <= members[i + 2] : c == members[i];
            i += isRange ? 2 : 0;
        }

        return found != negated && c != '/';
    }
}
