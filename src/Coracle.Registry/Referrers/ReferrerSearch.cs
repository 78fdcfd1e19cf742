using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>Finds the artifacts that are about a manifest: by asking the registry, or under a tag where it cannot be asked.</summary>
/// <remarks>distribution-spec v1.1, "Listing Referrers" and "Unavailable Referrers API".</remarks>
public sealed class ReferrerSearch(RegistrySession session)
{
    /// <summary>A page that brings nothing is allowed, not an endless row of them.</summary>
    private const int MaxPages = 100;

    private readonly List<AnnotatedDescriptor> _found = [];
    private int _entriesLeft = ReferrerIndex.MaxEntries;
    private int _bytesLeft = ManifestDocument.MaxBytes;

    /// <summary>
    /// The referrers of that type, as the registry orders them. At most <see cref="ReferrerIndex.MaxEntries"/> and
    /// <see cref="ManifestDocument.MaxBytes"/> are looked at, over all pages; what is behind is not found.
    /// </summary>
    /// <param name="subject">A manifest's digest; whether it exists does not matter.</param>
    /// <returns>Empty where there are none. Their digests are the registry's word, as everything here is.</returns>
    /// <exception cref="RegistryException">Denied, unreachable, or not what a registry answers.</exception>
    public async Task<IReadOnlyList<AnnotatedDescriptor>> GetReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken)
    {
        Uri? page = session.AddressOf($"referrers/{subject}?artifactType={Uri.EscapeDataString(artifactType)}");
        bool isAnswered = false;
        for (int pages = 0; page is not null && pages < MaxPages && _entriesLeft > 0 && _bytesLeft > 0; pages++)
        {
            Answer answer = await session.AskAsync(new RequestLine("GET", page) { Accept = MediaTypes.OciIndex }, _bytesLeft, cancellationToken);
            if (!isAnswered && !IsApi(answer))
            {
                await TakeTagAsync(subject, artifactType, cancellationToken);
                return _found;
            }

            answer.RequireSuccess(session);
            isAnswered = true;
            Take(answer.Body, artifactType);
            page = NextOf(answer);
        }

        return _found;
    }

    /// <summary>
    /// Registries of before say 404, 405 or another refusal of what they do not know, and some a page for people. A wish for credentials or
    /// patience is no such answer.
    /// </summary>
    private static bool IsApi(Answer answer) => answer.Status switch
    {
        401 or 429 => true,
        501 or (>= 400 and < 500) => false,
        >= 200 and < 300 => RegistrySession.ContentTypeOf(answer.Response) == MediaTypes.OciIndex,
        _ => true,
    };

    private async Task TakeTagAsync(Digest subject, string artifactType, CancellationToken cancellationToken)
    {
        FetchedManifest? index = await session.FindManifestAsync(ReferrersTag.TagOf(subject), cancellationToken);
        if (index is not null)
        {
            Take(index.Bytes, artifactType);
        }
    }

    /// <summary>The type is asked for, but only the newer registries heed it (<c>OCI-Filters-Applied</c>): all are looked at here again.</summary>
    private void Take(byte[] bytes, string artifactType)
    {
        ReferrerIndex index;
        try
        {
            index = ReferrerIndex.Parse(bytes);
        }
        catch (OciFormatException error)
        {
            throw new RegistryException(RegistryProblem.Protocol, "the registry's list of referrers is not one: " + error.Message, error);
        }

        foreach (AnnotatedDescriptor entry in index.Entries)
        {
            if (_entriesLeft > 0 && entry.ArtifactType == artifactType)
            {
                _found.Add(entry);
            }

            _entriesLeft--;
        }

        _bytesLeft -= bytes.Length;
    }

    /// <returns>The next page, from <c>Link: &lt;/v2/…&gt;; rel="next"</c>; null on the last.</returns>
    private Uri? NextOf(Answer answer)
    {
        string link = answer.Response.Headers["Link"] ?? "";
        int from = link.IndexOf('<', StringComparison.Ordinal), to = link.IndexOf('>', StringComparison.Ordinal);
        bool isNext = from >= 0 && to > from && link.AsSpan(to).Contains("rel=\"next\"", StringComparison.OrdinalIgnoreCase);
        return isNext ? session.Resolve(answer, link[(from + 1)..to]) : null;
    }
}
