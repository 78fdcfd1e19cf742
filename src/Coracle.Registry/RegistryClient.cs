using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>The door to registries: opens a session for each pull.</summary>
public sealed class RegistryClient(IRegistryTransport transport, RegistryOptions options, TimeProvider time)
{
    /// <summary>
    /// Finds the registry of the image and how it wants to be spoken to (<c>GET /v2/</c>): TLS first, plain HTTP where the host is
    /// insecure by configuration.
    /// </summary>
    /// <returns>The caller disposes it when its pull has ended.</returns>
    /// <exception cref="RegistryException">No registry there.</exception>
    public async Task<RegistrySession> OpenAsync(ImageReference image, RegistryCredentials credentials, CancellationToken cancellationToken)
    {
        IReadOnlyList<RegistryEndpoint> candidates = RegistryEndpoint.Candidates(image.Domain, options);
        for (int i = 0; ; i++)
        {
            RegistrySession session = new(transport, options, time, candidates[i], credentials, image);
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
