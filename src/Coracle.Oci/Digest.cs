using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Coracle.Oci;

/// <summary>
/// A sha256 content digest, as its 32 bytes: comparing and hashing it never allocates, and a string that is not a digest cannot
/// become one.
/// </summary>
/// <remarks>
/// A class: collections of a structure are code of their own, 100 KB of it for this one and <see cref="DiffId"/>.
/// OCI image-spec v1.1, descriptor.md "Digests". sha512 is registered there but no registry in use produces it, so it is
/// refused at the door instead of being half supported.
/// </remarks>
public sealed class Digest : IEquatable<Digest>
{
    /// <summary>Bytes of a sha256 sum.</summary>
    public const int ByteLength = 32;

    private const string Prefix = "sha256:";

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly Bytes _bytes;

    /// <param name="sum">Exactly <see cref="ByteLength"/> bytes.</param>
    public Digest(ReadOnlySpan<byte> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sum.Length, ByteLength);
        sum.CopyTo(_bytes);
    }

    /// <summary>The digest of content that is in memory as a whole (manifests, configs).</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> sum = stackalloc byte[ByteLength];
        SHA256.HashData(content, sum);
        return new Digest(sum);
    }

    /// <exception cref="FormatException">The text is not <c>sha256:</c> and 64 lower-case hex digits.</exception>
    public static Digest Parse(string text)
        => TryParse(text, out Digest? digest) ? digest : throw new FormatException($"not a sha256 digest: '{text}'");

    public static bool TryParse(string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        return text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && TryParseHex(text.AsSpan(Prefix.Length), out digest);
    }

    /// <summary>Parses the 64 hex digits alone: an image id as people type it, a blob's file name.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        // Upper case is not canonical: two spellings of one digest would be two file names.
        if (hex.Length != 2 * ByteLength || hex.ContainsAnyExcept(_hexDigits))
        {
            return false;
        }

        Span<byte> sum = stackalloc byte[ByteLength];
        Convert.FromHexString(hex, sum, out _, out _);
        digest = new Digest(sum);
        return true;
    }

    /// <summary>The 64 hex digits, without the algorithm: the blob's file name in the content store.</summary>
    public string ToHex() => Convert.ToHexStringLower(_bytes);

    public override string ToString() => Prefix + ToHex();

    public void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    public bool Equals(Digest? other) => other is not null && ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as Digest);

    // Any four bytes of a cryptographic hash are as good as a hash of all of them.
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    public static bool operator ==(Digest? left, Digest? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Digest? left, Digest? right) => !(left == right);

    [InlineArray(ByteLength)]
    private struct Bytes
    {
        private byte _first;
    }
}
