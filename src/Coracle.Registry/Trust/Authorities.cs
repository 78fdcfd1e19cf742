using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Coracle.Registry;

/// <summary>The certificates that a registry's own may be signed by, loaded for one handshake: a device has no memory to keep them in.</summary>
internal sealed class Authorities : IDisposable
{
    /// <summary>Of one directory; a system has about 150.</summary>
    private const int MaxFiles = 1000;

    private readonly List<string> _found = [];
    private readonly List<string> _missed = [];

    private Authorities()
    {
    }

    /// <summary>For a server whose certificate is not looked at. Not shared: it is disposed like any other.</summary>
    public static Authorities None => new();

    public X509Certificate2Collection Certificates { get; } = [];

    /// <summary>For errors: where the authorities came from, or where none were.</summary>
    public string Description => _found.Count > 0
        ? "certificate authorities were read from " + string.Join(", ", _found)
        : "no certificate authorities were found in " + string.Join(", ", _missed);

    /// <summary>The system's, and those of the registry's own directories.</summary>
    public static Authorities Load(IReadOnlyList<HostCertificates> own, RegistryOptions options)
    {
        Authorities authorities = new();
        foreach (HostCertificates host in own)
        {
            foreach (string file in host.AuthorityFiles)
            {
                authorities.AddFile(file, options.Files);
            }
        }

        authorities.AddSystem(options);
        return authorities;
    }

    public void Dispose()
    {
        foreach (X509Certificate2 certificate in Certificates)
        {
            certificate.Dispose();
        }
    }

    private void AddSystem(RegistryOptions options)
    {
        bool hasBundle = false;
        foreach (string file in options.Trust.BundleFiles)
        {
            if (hasBundle = AddFile(file, options.Files))
            {
                break;
            }
        }

        foreach (string directory in hasBundle && options.Trust.Directories.Count == 0 ? [] : options.Trust.BundleDirectories)
        {
            AddDirectory(directory, options.Files);
        }
    }

    /// <returns>Whether it holds at least one certificate.</returns>
    private bool AddFile(string path, HostFiles files)
    {
        bool found = AddPem(TryRead(path, files));
        (found ? _found : _missed).Add(path);
        return found;
    }

    private void AddDirectory(string directory, HostFiles files)
    {
        bool found = false;
        foreach (string name in files.List(directory).Take(MaxFiles))
        {
            found |= AddPem(TryRead($"{directory}/{name}", files));
        }

        (found ? _found : _missed).Add(directory);
    }

    private static byte[]? TryRead(string path, HostFiles files)
    {
        try
        {
            return files.Read(path);
        }
        catch (IOException)
        {
            return null;   // a directory among the files, or not for us: the error about the certificate names the places
        }
    }

    private bool AddPem(byte[]? content)
    {
        bool added = false;
        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(content ?? []);
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (rest[fields.Label] is "CERTIFICATE")
            {
                added |= TryAdd(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            }

            rest = rest[fields.Location.End..];
        }

        return added;
    }

    /// <summary>One that nobody can read does not make the others worthless.</summary>
    private bool TryAdd(byte[] certificate)
    {
        try
        {
            Certificates.Add(X509CertificateLoader.LoadCertificate(certificate));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
