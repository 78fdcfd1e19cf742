using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>The door to registries: opens a session for each pull and push.</summary>
public sealed class RegistryClient(IRegistryTransport transport, RegistryOptions options, TimeProvider time)
{
    /// <summary>
    /// Finds the registry of the image and how it wants to be spoken to (<c>GET /v2/</c>): TLS first, plain HTTP where the host is
    /// insecure by configuration.
    /// </summary>
    /// <returns>The caller disposes it when its pull has ended.</returns>
    /// <exception cref="RegistryException">No registry there.</exception>
    public Task<RegistrySession> OpenAsync(ImageReference image, RegistryCredentials credentials, CancellationToken cancellationToken)
        => OpenAsync(image, credentials, $"repository:{image.Path}:pull", cancellationToken);

    /// <summary>The same to push: <c>pull,push</c> is what the token is asked for.</summary>
    /// <param name="mountFrom">Repositories of the same registry that blobs may be taken from (<c>library/busybox</c>); their token is asked for too.</param>
    /// <inheritdoc cref="OpenAsync(ImageReference, RegistryCredentials, CancellationToken)"/>
    public Task<RegistrySession> OpenForPushAsync(
        ImageReference image, IReadOnlyList<string> mountFrom, RegistryCredentials credentials, CancellationToken cancellationToken)
    {
        string scope = $"repository:{image.Path}:pull,push";
        foreach (string repository in mountFrom)
        {
            scope += $" repository:{repository}:pull";
        }

        return OpenFirstAsync(RegistryEndpoint.Candidates(image.Domain, options), image, credentials, scope, isPush: true, cancellationToken);
    }

    /// <summary>The mirrors that may have the image: those of the default registry, for its images alone.</summary>
    public IReadOnlyList<Uri> MirrorsOf(ImageReference image) => image.Domain == ImageReference.DefaultDomain ? options.Mirrors : [];

    /// <summary>The same from a mirror, which is told no credentials: they are the registry's.</summary>
    /// <inheritdoc cref="OpenAsync(ImageReference, RegistryCredentials, CancellationToken)"/>
    public Task<RegistrySession> OpenMirrorAsync(Uri mirror, ImageReference image, CancellationToken cancellationToken)
        => OpenFirstAsync([RegistryEndpoint.OfMirror(mirror, options)], image, RegistryCredentials.None, $"repository:{image.Path}:pull", isPush: false, cancellationToken);

    /// <summary>Whether a registry takes these credentials: <c>docker login</c>.</summary>
    /// <param name="server">As clients name it: a host, host:port, or an address of the default registry.</param>
    /// <returns>A token to come back with instead of the password; empty where the registry has none to give.</returns>
    /// <exception cref="RegistryException">It does not, or there is no registry there.</exception>
    /// <exception cref="OciFormatException">Not a host.</exception>
    public async Task<string> LoginAsync(string server, RegistryCredentials credentials, CancellationToken cancellationToken)
    {
        await using RegistrySession session = await OpenAsync(AnyImageOf(server), credentials, scope: "", cancellationToken);
        return await session.LoginAsync(cancellationToken);
    }

    /// <summary>The rules for hosts are those of references, so a reference is made of it; its path is never used.</summary>
    private static ImageReference AnyImageOf(string server)
    {
        int scheme = server.IndexOf("://", StringComparison.Ordinal);
        string host = (scheme < 0 ? server : server[(scheme + 3)..]).Split('/')[0];
        return host is "" or "index.docker.io" or "registry-1.docker.io" or ImageReference.DefaultDomain
            ? ImageReference.Parse("any")
            : ImageReference.Parse(host + "/any/any");
    }

    private Task<RegistrySession> OpenAsync(
        ImageReference image, RegistryCredentials credentials, string scope, CancellationToken cancellationToken)
        => OpenFirstAsync(RegistryEndpoint.Candidates(image.Domain, options), image, credentials, scope, isPush: false, cancellationToken);

    private async Task<RegistrySession> OpenFirstAsync(
        IReadOnlyList<RegistryEndpoint> candidates, ImageReference image, RegistryCredentials credentials, string scope, bool isPush,
        CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            RegistrySession session = new(transport, options, time, candidates[i], credentials, image, scope, isPush);
            try
            {
                await session.PingAsync(cancellationToken);
                return session;
            }
            catch (RegistryException) when (i < candidates.Count - 1)
            {
                await session.DisposeAsync();
            }
            catch
            {
                await session.DisposeAsync();
                throw;
            }
        }
    }
}
