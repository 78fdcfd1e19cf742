using System.Buffers;
using System.Security.Cryptography;

namespace Coracle.Core;

/// <summary>Makes and recognises container ids: 64 hex digits, of which people use the first 12.</summary>
public static class ContainerId
{
    /// <summary>How much of an id people are shown, and the default host name.</summary>
    public const int ShortLength = 12;

    private const int Bytes = 32;

    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789");

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    public static string Create()
    {
        while (true)
        {
            string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
            // A host name of digits alone is taken for a number by some programs (and by Docker's own check).
            if (Short(id).AsSpan().ContainsAnyExcept(_digits))
            {
                return id;
            }
        }
    }

    public static string Short(string id) => id[..ShortLength];

    public static bool IsId(string text) => text.Length == 2 * Bytes && IsHex(text);

    public static bool IsHex(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(_hexDigits);
}
