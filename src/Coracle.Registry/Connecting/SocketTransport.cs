using System.Net.Sockets;
using Coracle.Dns;

namespace Coracle.Registry;

/// <summary>Plain TCP and TLS to what the stub resolver finds.</summary>
public sealed class SocketTransport(StubResolver resolver, RegistryOptions options, TimeProvider time) : IRegistryTransport
{
    private readonly Dialer _dialer = new(resolver, time);
    private readonly TlsHandshake _tls = new(options, time);

    public async ValueTask<Stream> ConnectAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(options.ConnectTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            NetworkStream plain = new(await _dialer.DialAsync(endpoint.Host, endpoint.Port, either.Token), ownsSocket: true);
            return endpoint.IsTls ? await _tls.RunAsync(plain, endpoint, either.Token) : plain;
        }
        catch (NameResolutionException error)
        {
            throw new RegistryException(RegistryProblem.Unreachable, $"dial tcp: {error.Message}", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException(RegistryProblem.Unreachable, $"dial tcp {endpoint.Host}:{endpoint.Port}: i/o timeout", error);
        }
    }
}
