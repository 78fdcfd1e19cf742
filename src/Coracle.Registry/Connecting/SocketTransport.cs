using System.Net.Sockets;
using Coracle.Dns;

namespace Coracle.Registry;

/// <summary>Plain TCP and TLS to what the stub resolver finds, or through a proxy, which then finds the registry itself.</summary>
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
            Stream plain = await DialAsync(endpoint, either.Token);
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

    private async Task<Stream> DialAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (options.Proxies.For(endpoint) is not { } proxy)
        {
            return new NetworkStream(await _dialer.DialAsync(endpoint.Host, endpoint.Port, cancellationToken), ownsSocket: true);
        }

        NetworkStream stream = new(await _dialer.DialAsync(proxy.Host, proxy.Port, cancellationToken), ownsSocket: true);
        try
        {
            if (endpoint.IsTls)
            {
                await ProxyTunnel.OpenAsync(stream, endpoint, proxy, cancellationToken);
            }

            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
