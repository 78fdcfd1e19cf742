using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Coracle.Registry;

/// <summary>Makes a connection private and certain of whom it speaks to: TLS 1.2 or 1.3, the name checked, certificates as <c>certs.d</c> has them.</summary>
internal sealed class TlsHandshake(RegistryOptions options, TimeProvider time)
{
    /// <param name="plain">Ours from now on, also when this fails.</param>
    /// <exception cref="RegistryException">In Go's words.</exception>
    public async Task<Stream> RunAsync(Stream plain, RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        SslStream tls = new(plain, leaveInnerStreamOpen: false);
        try
        {
            await GreetAsync(tls, endpoint, cancellationToken);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private async Task GreetAsync(SslStream tls, RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        HostCertificates own = HostCertificates.Find(endpoint, options);
        using X509Certificate2? client = own.LoadClient(options);
        using Authorities authorities = new([own, .. Others(endpoint)], options);
        ServerCheck check = new(endpoint, authorities, time);
        try
        {
            await tls.AuthenticateAsClientAsync(OptionsOf(endpoint, client, check), cancellationToken);
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            throw check.Failure is { } failure
                ? new RegistryException(RegistryProblem.Certificates, failure, error)
                : new RegistryException(RegistryProblem.Unreachable, InGosWords(error), error);
        }
    }

    /// <summary>A registry's token server and its blobs' host are usually signed by the authority that the registry is.</summary>
    private IEnumerable<HostCertificates> Others(RegistryEndpoint endpoint)
        => endpoint.OnBehalfOf is { } registry && registry != endpoint.Authority ? [HostCertificates.Find([registry], options)] : [];

    [SuppressMessage("Security", "CA5359", Justification = "Only for loopback and for hosts listed as insecure: Docker takes any certificate there too.")]
    [SuppressMessage("Security", "CA5398", Justification = "The static OpenSSL reads no system policy that could say more than this.")]
    private static SslClientAuthenticationOptions OptionsOf(RegistryEndpoint endpoint, X509Certificate2? client, ServerCheck check)
    {
        SslClientAuthenticationOptions wanted = new()
        {
            TargetHost = endpoint.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (client is not null)
        {
            wanted.ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true);
        }

        if (endpoint.VerifyCertificate)
        {
            wanted.CertificateChainPolicy = ServerCheck.BarePolicy;
            wanted.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => check.Judge(certificate, chain, errors);
        }
        else
        {
            wanted.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        return wanted;
    }

    /// <summary>The words are in what OpenSSL said, at the bottom.</summary>
    internal static string InGosWords(Exception error)
    {
        Exception root = error.GetBaseException();
        int alert = root.Message.IndexOf("alert ", StringComparison.Ordinal);
        return alert >= 0 ? "remote error: tls: " + root.Message[(alert + "alert ".Length)..]
            // .NET says "frame" where the first bytes are no TLS record: somebody speaks plain HTTP there.
            : error.Message.Contains("frame", StringComparison.Ordinal) ? "http: server gave HTTP response to HTTPS client"
            : root.Message.Contains("EOF", StringComparison.Ordinal) ? "EOF"
            : "tls: " + root.Message;
    }
}
