namespace Coracle.Registry;

/// <summary>Makes connections: sockets and TLS in the engine, whatever a test needs in tests. Proxies and certs.d will live behind it.</summary>
public interface IRegistryTransport
{
    /// <returns>A connected stream, handshake done; the caller disposes it.</returns>
    /// <exception cref="RegistryException">Unreachable; the message is the tail of Go's: <c>dial tcp 127.0.0.1:1: connect: connection refused</c>.</exception>
    ValueTask<Stream> ConnectAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken);
}
