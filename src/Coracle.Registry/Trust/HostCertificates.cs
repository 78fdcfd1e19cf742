using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Coracle.Registry;

/// <summary>
/// What <c>certs.d/HOST[:PORT]</c> holds for one registry: <c>*.crt</c> are authorities beside the system's, <c>*.cert</c> with its
/// <c>*.key</c> is who we are. Nothing is cached.
/// </summary>
/// <param name="Directory">Where it was found; null where the registry has none.</param>
internal sealed record HostCertificates(string? Directory, IReadOnlyList<string> AuthorityFiles, IReadOnlyList<ClientPair> Pairs)
{
    private static readonly HostCertificates _none = new(null, [], []);

    /// <exception cref="RegistryException">A key without its certificate or the other way round, in Docker's words.</exception>
    public static HostCertificates Find(RegistryEndpoint endpoint, RegistryOptions options)
        => Find([endpoint.Authority, $"{endpoint.Host}:{endpoint.Port}"], options);

    /// <inheritdoc cref="Find(RegistryEndpoint, RegistryOptions)"/>
    public static HostCertificates Find(IReadOnlyList<string> authorities, RegistryOptions options)
    {
        foreach (string place in options.Trust.HostDirectories)
        {
            foreach (string authority in authorities)
            {
                string directory = $"{place}/{authority}";
                IReadOnlyList<string> names = options.Files.List(directory);
                if (names.Count > 0)
                {
                    return Sort(directory, names);
                }
            }
        }

        return _none;
    }

    /// <summary>The certificate to show, if the registry asks for one.</summary>
    /// <returns>Null where there is none; the caller disposes it.</returns>
    /// <exception cref="RegistryException">It cannot be read.</exception>
    public X509Certificate2? LoadClient(RegistryOptions options)
    {
        if (Pairs.Count == 0)
        {
            return null;
        }

        ClientPair pair = Pairs[0];
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(options.Files.Read(pair.Certificate) ?? []));
            return WithKey(certificate, Encoding.UTF8.GetString(options.Files.Read(pair.Key) ?? []));
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException)
        {
            throw new RegistryException(RegistryProblem.Certificates, $"{pair.Certificate} and {pair.Key}: {error.Message}", error);
        }
    }

    // CreateFromPem with a key would do this too, and bring every other kind of key into the file (docs/decisions/0008-bytes.md).
    private static X509Certificate2 WithKey(X509Certificate2 certificate, string keyPem)
    {
        const string RsaKey = "1.2.840.113549.1.1.1";
        if (certificate.GetKeyAlgorithm() == RsaKey)
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(keyPem);
            return certificate.CopyWithPrivateKey(rsa);
        }

        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        return certificate.CopyWithPrivateKey(key);
    }

    private static HostCertificates Sort(string directory, IReadOnlyList<string> names)
    {
        List<string> authorities = [];
        List<ClientPair> pairs = [];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            if (name.EndsWith(".crt", StringComparison.Ordinal))
            {
                authorities.Add($"{directory}/{name}");
            }
            else if (name.EndsWith(".cert", StringComparison.Ordinal))
            {
                string key = name[..^".cert".Length] + ".key";
                pairs.Add(names.Contains(key) ? new ClientPair($"{directory}/{name}", $"{directory}/{key}") : throw new RegistryException(
                    RegistryProblem.Certificates, $"missing key {key} for client certificate {name}. CA certificates must use the extension .crt"));
            }
            else if (name.EndsWith(".key", StringComparison.Ordinal) && name[..^".key".Length] + ".cert" is var certificate && !names.Contains(certificate))
            {
                throw new RegistryException(RegistryProblem.Certificates, $"missing client certificate {certificate} for key {name}");
            }
        }

        return new HostCertificates(directory, authorities, pairs);
    }
}

/// <summary>Paths of a client's certificate and of its key.</summary>
internal readonly record struct ClientPair(string Certificate, string Key);
