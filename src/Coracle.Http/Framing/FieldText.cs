using System.Buffers;

namespace Coracle.Http;

/// <summary>Which bytes may stand where: RFC 9110 §5.6.2 (token), §5.5 (field values).</summary>
internal static class FieldText
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> _host
        = SearchValues.Create("!$%&'()*+,-.:;=[]_~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    private static readonly SearchValues<char> _token = SearchValues.Create(TokenCharacters);
    private static readonly SearchValues<byte> _tokenBytes = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(TokenCharacters));

    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && text.IndexOfAnyExcept(_token) < 0;

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExcept(_tokenBytes) < 0;

    /// <summary>Visible characters, spaces, tabs and the upper half; no other control character.</summary>
    public static bool IsFieldValue(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if ((b < 0x20 && b != '\t') || b == 0x7f)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Go's set of what may stand in a Host field (httpguts.ValidHostHeader): RFC 3986's hosts, and some more. It may be empty.</summary>
    public static bool IsHost(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(_host) < 0;

    public static bool ListHas(ReadOnlySpan<char> list, ReadOnlySpan<char> word)
    {
        foreach (Range part in list.Split(','))
        {
            if (list[part].Trim(" \t").Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
