namespace Coracle.Oci;

/// <summary>
/// The name of an image, normalised as Docker does: <c>busybox</c> is <c>docker.io/library/busybox</c>. A value that exists is
/// valid; its canonical text is a key of the image store.
/// </summary>
/// <remarks>The grammar of github.com/distribution/reference (regexp.go, normalize.go), written out in <see cref="ReferenceGrammar"/>.</remarks>
public sealed record ImageReference
{
    /// <summary>What Docker calls its default registry in names; its host on the wire is another (Coracle.Registry).</summary>
    public const string DefaultDomain = "docker.io";

    public const string DefaultTag = "latest";

    private const string LegacyDefaultDomain = "index.docker.io";

    private const string OfficialPrefix = "library/";

    private ImageReference(string domain, string path, string? tag, Digest? digest)
    {
        Domain = domain;
        Path = path;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and optional port of the registry, or <see cref="DefaultDomain"/>.</summary>
    public string Domain { get; }

    /// <summary>The repository inside the registry: <c>library/busybox</c>.</summary>
    public string Path { get; }

    public string? Tag { get; }

    public Digest? Digest { get; }

    /// <summary>Domain and path without tag or digest: <c>docker.io/library/busybox</c>.</summary>
    public string Name => Domain + "/" + Path;

    /// <summary>The name as people type it: <c>busybox</c>, <c>me/app</c>, <c>registry:5000/app</c>.</summary>
    /// <remarks>Never a text that would be read as another name: a repository <c>quay.io/a</c> of the default registry keeps its domain.</remarks>
    public string FamiliarName
    {
        get
        {
            bool isOfficial = Path.StartsWith(OfficialPrefix, StringComparison.Ordinal) && Path.IndexOf('/', OfficialPrefix.Length) < 0;
            string name = isOfficial ? Path[OfficialPrefix.Length..] : Path;
            return SplitDomain(name) == (Domain, Path) ? name : Name;
        }
    }

    /// <summary>The whole reference as people type it: <c>busybox:1.36</c>.</summary>
    public string Familiar => FamiliarName + Suffix;

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    /// <summary>The part after the name: the tag, or the digest where both are given (Docker's <c>Tag</c> of a pull).</summary>
    public string TagOrDigest => Digest?.ToString() ?? Tag ?? DefaultTag;

    /// <exception cref="OciFormatException">Not a reference; the text is Docker's.</exception>
    public static ImageReference Parse(string text)
        => TryParse(text, out ImageReference? reference, out string? error) ? reference : throw new OciFormatException(error);

    public static bool TryParse(
        string text,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ImageReference? reference,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        reference = null;
        if (ReferenceGrammar.IsImageId(text))
        {
            // An id is a name too, by the grammar; Docker keeps the two apart.
            error = $"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings";
            return false;
        }

        (string domain, string remainder) = SplitDomain(text);
        int colon = remainder.IndexOf(':', StringComparison.Ordinal);
        string remote = colon < 0 ? remainder : remainder[..colon];
        if (ReferenceGrammar.HasUpperCase(remote))
        {
            error = $"invalid reference format: repository name ({remote}) must be lowercase";
            return false;
        }

        error = Read(domain, remainder, out reference);
        return error is null;
    }

    /// <summary>The same image with the tag <c>latest</c> where neither tag nor digest was given.</summary>
    public ImageReference WithDefaultTag() => Tag is null && Digest is null ? WithTag(DefaultTag) : this;

    /// <exception cref="OciFormatException">Not a tag.</exception>
    public ImageReference WithTag(string tag)
        => ReferenceGrammar.IsTag(tag) ? new(Domain, Path, tag, Digest) : throw new OciFormatException("invalid tag format");

    /// <summary>The repository at this digest and nothing else: how a pull is remembered in RepoDigests.</summary>
    public ImageReference AtDigest(Digest digest) => new(Domain, Path, null, digest);

    /// <summary>The canonical text: <c>docker.io/library/busybox:1.36</c>.</summary>
    public override string ToString() => Name + Suffix;

    private static (string Domain, string Remainder) SplitDomain(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : text[..slash];
        bool isDomain = slash >= 0 && (first == "localhost" || first.AsSpan().ContainsAny('.', ':') || ReferenceGrammar.HasUpperCase(first));
        string domain = isDomain ? first : DefaultDomain;
        string remainder = isDomain ? text[(slash + 1)..] : text;
        if (domain == LegacyDefaultDomain)
        {
            domain = DefaultDomain;
        }

        return domain == DefaultDomain && !remainder.Contains('/', StringComparison.Ordinal)
            ? (domain, OfficialPrefix + remainder)
            : (domain, remainder);
    }

    private static string? Read(string domain, string remainder, out ImageReference? reference)
    {
        const string Invalid = "invalid reference format";
        reference = null;

        int at = remainder.IndexOf('@', StringComparison.Ordinal);
        string nameAndTag = at < 0 ? remainder : remainder[..at];
        int colon = nameAndTag.IndexOf(':', StringComparison.Ordinal);
        string path = colon < 0 ? nameAndTag : nameAndTag[..colon];
        string? tag = colon < 0 ? null : nameAndTag[(colon + 1)..];

        Digest? digest = null;
        if (at >= 0)
        {
            string text = remainder[(at + 1)..];
            if (!ReferenceGrammar.LooksLikeDigest(text))
            {
                return Invalid;
            }

            if (!Oci.Digest.TryParse(text, out Digest? parsed))
            {
                return text.StartsWith("sha256:", StringComparison.Ordinal) ? "invalid checksum digest length" : "unsupported digest algorithm";
            }

            digest = parsed;
        }

        if (!ReferenceGrammar.IsDomain(domain) || !ReferenceGrammar.IsPath(path) || (tag is not null && !ReferenceGrammar.IsTag(tag)))
        {
            return Invalid;
        }

        if (domain.Length + 1 + path.Length > ReferenceGrammar.MaxNameLength)
        {
            return $"repository name must not be more than {ReferenceGrammar.MaxNameLength} characters";
        }

        reference = new ImageReference(domain, path, tag, digest);
        return null;
    }
}
