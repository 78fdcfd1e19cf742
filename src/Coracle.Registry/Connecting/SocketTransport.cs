using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Coracle.Dns;

namespace Coracle.Registry;

/// <summary>Plain TCP and TLS to what the stub resolver finds, one address after the other.</summary>
public sealed class SocketTransport(StubResolver resolver, RegistryOptions options, TimeProvider time) : IRegistryTransport
{
    public async ValueTask<Stream> ConnectAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(options.ConnectTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            NetworkStream plain = new(await DialAsync(endpoint, either.Token), ownsSocket: true);
            return endpoint.IsTls ? await HandshakeAsync(plain, endpoint, either.Token) : plain;
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

    private async Task<Socket> DialAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        RegistryException? failure = null;
        foreach (IPAddress address in await resolver.ResolveAsync(endpoint.Host, cancellationToken))
        {
            IPEndPoint remote = new(address, endpoint.Port);
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(remote, cancellationToken);
                return socket;
            }
            catch (SocketException error)
            {
                socket.Dispose();
                // The first failure is the one worth showing: later addresses are often a family this host does not have.
                failure ??= new RegistryException(RegistryProblem.Unreachable, $"dial tcp {remote}: connect: {InGosWords(error)}", error);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure ?? new RegistryException(RegistryProblem.Unreachable, $"dial tcp: lookup {endpoint.Host}: no such host");
    }

    private static string InGosWords(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.HostUnreachable => "no route to host",
        SocketError.TimedOut => "connection timed out",
        SocketError.ConnectionReset => "connection reset by peer",
        _ => error.Message,
    };

    [SuppressMessage(
        "Security", "CA5359",
        Justification = "Only for loopback and for hosts that the administrator lists as insecure: Docker takes any certificate there too.")]
    private static async Task<Stream> HandshakeAsync(NetworkStream plain, RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        SslStream tls = new(plain, leaveInnerStreamOpen: false);
        try
        {
            SslClientAuthenticationOptions wanted = new() { TargetHost = endpoint.Host };
            if (!endpoint.VerifyCertificate)
            {
                wanted.RemoteCertificateValidationCallback = AnyCertificate;
            }

            await tls.AuthenticateAsClientAsync(wanted, cancellationToken);
            return tls;
        }
        catch (Exception error)
        {
            await tls.DisposeAsync();
            throw error is AuthenticationException or IOException
                ? new RegistryException(RegistryProblem.Unreachable, InGosWords(error), error)
                : error;
        }
    }

    // .NET says "frame" where the first bytes are no TLS record: somebody speaks plain HTTP there.
    private static string InGosWords(Exception error)
        => error.Message.Contains("frame", StringComparison.Ordinal) ? "http: server gave HTTP response to HTTPS client"
            : "tls: " + (error.InnerException?.Message ?? error.Message);

    private static bool AnyCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => true;
}
