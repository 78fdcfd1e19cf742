using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// Brings one blob into a repository, however often the connection breaks: each try asks the registry how much it has and goes on from
/// there, or from the start where the registry does not know.
/// </summary>
/// <param name="content">The blob; seekable, read from 0 to the descriptor's size, never disposed here. Its reads may block for a disk.</param>
public sealed class BlobPush(RegistrySession session, Descriptor blob, Stream content, IPushObserver observer)
{
    private readonly BlobUpload _upload = new(session, blob, content, observer);

    /// <param name="mountFrom">Another repository of this registry that has the blob, as the session was opened for; null for none.</param>
    /// <exception cref="RegistryException">Refused, or broken more often than the options allow; or the content cannot be read.</exception>
    public async Task<BlobPushOutcome> RunAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        Tries tries = new(session, blob.Size, observer);
        while (true)
        {
            try
            {
                return await TryAsync(mountFrom, cancellationToken);
            }
            catch (RegistryException error) when (error.IsTemporary && tries.AreLeft(_upload.Taken))
            {
                await tries.WaitAsync(_upload.Taken, error.RetryAfter, cancellationToken);
            }
        }
    }

    /// <summary>Whether the repository has the blob, whole.</summary>
    /// <exception cref="RegistryException">Refused, or nobody answered.</exception>
    public static async Task<bool> ExistsAsync(RegistrySession session, Descriptor blob, CancellationToken cancellationToken)
    {
        Answer answer = await session.AskAsync(new RequestLine("HEAD", session.AddressOf($"blobs/{blob.Digest}")), 0, cancellationToken);
        if (answer.Status == 404)
        {
            return false;
        }

        answer.RequireSuccess(session);
        // A registry that has something else under the digest gets the blob again, and may then say what is wrong with it.
        return answer.Response.Headers["Content-Length"] is null || answer.Response.ContentLength == blob.Size;
    }

    private async Task<BlobPushOutcome> TryAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        if (!await _upload.ResumeAsync(cancellationToken))
        {
            // Also after a broken try: its last answer may be all that was lost.
            if (await ExistsAsync(session, blob, cancellationToken))
            {
                return BlobPushOutcome.AlreadyThere;
            }

            if (await _upload.BeginAsync(mountFrom, cancellationToken))
            {
                return BlobPushOutcome.Mounted;
            }
        }

        await _upload.SendAsync(cancellationToken);
        return BlobPushOutcome.Uploaded;
    }
}
