using System.Buffers;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// The list of a manifest's referrers in a registry that keeps none itself: an index under the tag <c>sha256-HEX</c>, which whoever adds
/// a referrer reads, extends and writes back.
/// </summary>
/// <remarks>
/// distribution-spec v1.1, "Referrers Tag Schema". A registry has no compare-and-swap, so of two who write at the same time one would be
/// lost. Not here, since each manifest first gets a tag of its own, <c>sha256-HEX.</c> and 16 hex digits of its digest, which nobody
/// else writes. Then the one rule is: nobody is done before it has read an index that holds everything which the list of tags, read
/// after that index, names.
/// <para>
/// Why that is enough. Let W be the last write of the index, by Z. Z reads once more after W, and what it reads is W's index I, since
/// nothing is written any more; it is done only because I holds all tags of a list L read still later. Take any other P that is done. If
/// P's own tag was there when L was read, I holds P. If not, P read the index for the first time after that, so after W, and read I; it
/// was done without a further write, W being the last, so I held P already. Hence I holds everybody, and I is what stays.
/// </para>
/// <para>
/// Whoever dies in between may leave an index that lacks somebody. Their tag remains, and the next one to add anything puts it right.
/// An index only grows and is written only where it lacks something, so two do not undo each other for ever.
/// </para>
/// </remarks>
internal sealed class ReferrersTag(IManifestShelf shelf, Digest subject)
{
    private const int OwnDigits = 16;

    /// <summary>Each further round means that somebody else wrote at the same time.</summary>
    private const int MaxRounds = 32;

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string _tag = TagOf(subject);

    /// <summary>The tag that every client looks under.</summary>
    public static string TagOf(Digest subject) => "sha256-" + subject.ToHex();

    /// <summary>The tag that a referrer has for itself.</summary>
    public string OwnTagOf(Digest artifact) => $"{_tag}.{artifact.ToHex()[..OwnDigits]}";

    /// <param name="manifest">The bytes of an <see cref="ArtifactManifest"/> with this subject.</param>
    /// <exception cref="RegistryException">The registry failed, or too much is written at the same time.</exception>
    /// <exception cref="OciFormatException">Under the tag is something else, or the index is full.</exception>
    public async Task AddAsync(byte[] manifest, CancellationToken cancellationToken)
    {
        AnnotatedDescriptor own = ArtifactManifest.Parse(manifest).Describe(manifest);
        await shelf.PutManifestAsync(OwnTagOf(own.Descriptor.Digest), MediaTypes.OciManifest, manifest, cancellationToken);
        for (int round = 0; round < MaxRounds; round++)
        {
            FetchedManifest? found = await shelf.FindManifestAsync(_tag, cancellationToken);
            ReferrerIndex index = found is null ? ReferrerIndex.Empty : ReferrerIndex.Parse(found.Bytes);
            IReadOnlyList<string> tags = await shelf.GetTagsAsync(cancellationToken);
            List<AnnotatedDescriptor> missing = await FindMissingAsync(index, own, tags, cancellationToken);
            if (missing.Count == 0)
            {
                return;
            }

            await shelf.PutManifestAsync(_tag, MediaTypes.OciIndex, index.With(missing), cancellationToken);
        }

        throw new RegistryException(RegistryProblem.Unreachable, $"the index under tag {_tag} does not keep what is written to it");
    }

    private async Task<List<AnnotatedDescriptor>> FindMissingAsync(
        ReferrerIndex index, AnnotatedDescriptor own, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        if (tags.Count >= RegistrySession.MaxTags)
        {
            throw new RegistryException(RegistryProblem.Protocol, $"the repository has more than {RegistrySession.MaxTags} tags: its referrers cannot be told");
        }

        List<AnnotatedDescriptor> missing = [];
        HashSet<string> seen = [OwnTagOf(own.Descriptor.Digest)];
        foreach (AnnotatedDescriptor entry in index.Entries)
        {
            seen.Add(OwnTagOf(entry.Descriptor.Digest));
        }

        // Whether the list of tags names ours or not: registries with a cache in front may be late.
        if (!Holds(index, own.Descriptor.Digest))
        {
            missing.Add(own);
        }

        foreach (string tag in tags)
        {
            if (IsOwnTag(tag) && seen.Add(tag) && await FindReferrerAsync(tag, cancellationToken) is { } other)
            {
                missing.Add(other);
            }
        }

        return missing;
    }

    /// <summary>Beside ours there are tags of other tools: cosign's <c>sha256-HEX.sig</c>.</summary>
    private bool IsOwnTag(string tag)
        => tag.Length == _tag.Length + 1 + OwnDigits && tag.StartsWith(_tag, StringComparison.Ordinal) && tag[_tag.Length] == '.'
            && !tag.AsSpan(_tag.Length + 1).ContainsAnyExcept(_hexDigits);

    /// <returns>Null where the tag is gone, or its manifest is none of this subject's.</returns>
    private async Task<AnnotatedDescriptor?> FindReferrerAsync(string tag, CancellationToken cancellationToken)
    {
        FetchedManifest? found = await shelf.FindManifestAsync(tag, cancellationToken);
        if (found is null || OwnTagOf(found.Digest) != tag)
        {
            return null;
        }

        try
        {
            ArtifactManifest artifact = ArtifactManifest.Parse(found.Bytes);
            return artifact.Subject?.Digest == subject ? artifact.Describe(found.Bytes) : null;
        }
        catch (OciFormatException)
        {
            return null;
        }
    }

    private static bool Holds(ReferrerIndex index, Digest digest)
    {
        foreach (AnnotatedDescriptor entry in index.Entries)
        {
            if (entry.Descriptor.Digest == digest)
            {
                return true;
            }
        }

        return false;
    }
}
