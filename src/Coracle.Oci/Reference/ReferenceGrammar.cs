using System.Buffers;

namespace Coracle.Oci;

/// <summary>The pieces of an image reference, as distribution/reference's regexp.go defines them, without regular expressions.</summary>
internal static class ReferenceGrammar
{
    /// <summary>NameTotalLengthMax: domain and path together.</summary>
    public const int MaxNameLength = 255;

    private const int MaxTagLength = 128;

    private const int IdLength = 64;

    private const int MinDigestHex = 32;

    private static readonly SearchValues<char> _lowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>64 lower-case hex digits.</summary>
    public static bool IsImageId(string text) => text.Length == IdLength && !text.AsSpan().ContainsAnyExcept(_lowerHex);

    // Go's ToLower differs from the text for any upper-case letter, not only for ASCII ones.
    public static bool HasUpperCase(string text) => text.Any(char.IsUpper);

    /// <summary>Dot-separated host components or a bracketed IPv6 address, then an optional port.</summary>
    public static bool IsDomain(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> host = text;
        if (text.StartsWith("["))
        {
            int close = text.IndexOf(']');
            return close > 1 && IsAll(text[1..close], c => char.IsAsciiHexDigit(c) || c == ':') && (close == text.Length - 1 || IsPort(text[(close + 1)..]));
        }

        int colon = text.IndexOf(':');
        if (colon >= 0)
        {
            if (!IsPort(text[colon..]))
            {
                return false;
            }

            host = text[..colon];
        }

        foreach (Range part in host.Split('.'))
        {
            ReadOnlySpan<char> component = host[part];
            if (component.IsEmpty || component[0] == '-' || component[^1] == '-' || !IsAll(component, c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Components of lower-case letters and digits, joined by one dot, one or two underscores or any number of dashes.</summary>
    public static bool IsPath(ReadOnlySpan<char> text)
    {
        foreach (Range part in text.Split('/'))
        {
            if (!IsPathComponent(text[part]))
            {
                return false;
            }
        }

        return true;
    }

    public static bool IsTag(ReadOnlySpan<char> text)
        => text.Length is > 0 and <= MaxTagLength && text[0] is not ('.' or '-') && IsAll(text, c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>An algorithm, a colon and at least 32 hex digits: what the grammar takes for a digest before it is checked.</summary>
    public static bool LooksLikeDigest(ReadOnlySpan<char> text)
    {
        int colon = text.IndexOf(':');
        return colon > 0
            && char.IsAsciiLetter(text[0])
            && IsAll(text[..colon], c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+' or '.')
            && text.Length - colon - 1 >= MinDigestHex
            && IsAll(text[(colon + 1)..], char.IsAsciiHexDigit);
    }

    private static bool IsPathComponent(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !IsAlphanumeric(text[0]) || !IsAlphanumeric(text[^1]))
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (IsAlphanumeric(text[i]))
            {
                continue;
            }

            int start = i;
            while (!IsAlphanumeric(text[i + 1]))
            {
                i++;
            }

            if (!IsSeparator(text[start..(i + 1)]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSeparator(ReadOnlySpan<char> text) => text is "." or "_" or "__" || IsAll(text, c => c == '-');

    private static bool IsAlphanumeric(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);

    private static bool IsPort(ReadOnlySpan<char> text) => text.Length > 1 && text[0] == ':' && IsAll(text[1..], char.IsAsciiDigit);

    private static bool IsAll(ReadOnlySpan<char> text, Func<char, bool> allowed)
    {
        foreach (char c in text)
        {
            if (!allowed(c))
            {
                return false;
            }
        }

        return true;
    }
}
