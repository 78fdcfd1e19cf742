using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Coracle.Registry;

/// <summary>Judges the certificate that a server shows, and finds Go's words for what is wrong with it.</summary>
internal sealed class ServerCheck(RegistryEndpoint endpoint, Authorities authorities, TimeProvider time)
{
    /// <summary>id-kp-serverAuth, RFC 5280 section 4.2.1.12.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Trusts nobody and asks nobody: for TLS itself, which only collects what the server sends.</summary>
    public static X509ChainPolicy BarePolicy => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>Why the certificate was not taken; null before, and where it was.</summary>
    public string? Failure { get; private set; }

    /// <param name="chain">As far as TLS could build it without any authority: what the server sent along is in it.</param>
    public bool Judge(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (shown is not X509Certificate2 certificate)
        {
            Failure = "tls: no certificates from server";
            return false;
        }

        X509Certificate2Collection sentAlong = chain?.ChainPolicy.ExtraStore ?? [];
        authorities.LoadFor(certificate, sentAlong);
        using X509Chain trusted = new() { ChainPolicy = PolicyWith(sentAlong) };
        bool isTrusted = trusted.Build(certificate);
        bool isNamed = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
        Failure = isTrusted && isNamed ? null : "tls: failed to verify certificate: x509: " + WordsFor(certificate, trusted, isNamed);
        return Failure is null;
    }

    /// <summary>From our authorities alone, at our time, for a server, asking nobody.</summary>
    private X509ChainPolicy PolicyWith(X509Certificate2Collection sentAlong)
    {
        X509ChainPolicy policy = BarePolicy;
        policy.VerificationTime = time.GetUtcNow().LocalDateTime;
        policy.CustomTrustStore.AddRange(authorities.Certificates);
        policy.ExtraStore.AddRange(sentAlong);
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    // Go's order: the dates, the name, the signature.
    private string WordsFor(X509Certificate2 certificate, X509Chain chain, bool isNamed)
        => DateTrouble(chain) is { } dates ? dates
            : !isNamed ? NameTrouble(certificate)
            // A bad signature is what is found where two authorities have the same name.
            : Has(chain, X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid)
                ? $"certificate signed by unknown authority ({endpoint.Host}; {authorities.Description})"
            : $"{chain.ChainStatus.FirstOrDefault().StatusInformation} ({endpoint.Host})";

    private string? DateTrouble(X509Chain chain)
    {
        if (!Has(chain, X509ChainStatusFlags.NotTimeValid))
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        foreach (X509ChainElement element in chain.ChainElements)
        {
            DateTimeOffset first = element.Certificate.NotBefore, last = element.Certificate.NotAfter;
            if (now < first)
            {
                return $"certificate has expired or is not yet valid: current time {Text(now)} is before {Text(first)} (is the clock of this device right?)";
            }

            if (now > last)
            {
                return $"certificate has expired or is not yet valid: current time {Text(now)} is after {Text(last)}";
            }
        }

        return "certificate has expired or is not yet valid: current time " + Text(now);
    }

    private string NameTrouble(X509Certificate2 certificate)
    {
        List<string> names = [];
        List<string> addresses = [];
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension is X509SubjectAlternativeNameExtension alternatives)
            {
                names.AddRange(alternatives.EnumerateDnsNames());
                addresses.AddRange(alternatives.EnumerateIPAddresses().Select(address => address.ToString()));
            }
        }

        bool isAddress = IPAddress.TryParse(endpoint.Host, out _);
        List<string> valid = isAddress ? addresses : names;
        return valid.Count > 0 ? $"certificate is valid for {string.Join(", ", valid)}, not {endpoint.Host}"
            : isAddress ? $"cannot validate certificate for {endpoint.Host} because it doesn't contain any IP SANs"
            : $"certificate is not valid for any names, but wanted to match {endpoint.Host}";
    }

    private static bool Has(X509Chain chain, X509ChainStatusFlags flags) => chain.ChainStatus.Any(status => (status.Status & flags) != 0);

    private static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
