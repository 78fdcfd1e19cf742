using System.Security.Cryptography;
using System.Text;

namespace Coracle;

/// <summary>
/// A file of ours ends with a comment that holds the digest of what stands above it. So the next installation, of any version, knows
/// whether somebody has edited it, without a list of every text that was ever shipped.
/// </summary>
internal static class MarkedText
{
    private const string Mark = "# Written by \"coracle install\", which replaces it as long as nobody edits it: sha256:";

    public static byte[] Write(string text) => Encoding.UTF8.GetBytes($"{text}{Mark}{DigestOf(Encoding.UTF8.GetBytes(text))}\n");

    public static bool IsUnedited(ReadOnlySpan<byte> content)
    {
        int at = content.LastIndexOf(Encoding.UTF8.GetBytes(Mark));
        return at >= 0 && content[(at + Mark.Length)..].SequenceEqual(Encoding.UTF8.GetBytes(DigestOf(content[..at]) + "\n"));
    }

    private static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
