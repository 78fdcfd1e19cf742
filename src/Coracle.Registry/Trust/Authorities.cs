using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Coracle.Registry;

/// <summary>
/// The certificates that a registry's own may be signed by: those of its <c>certs.d</c> and the system's. Read when a server has
/// shown whom it says it is signed by, and only those are loaded.
/// </summary>
internal sealed class Authorities(IReadOnlyList<HostCertificates> own, RegistryOptions options) : IDisposable
{
    /// <summary>Of one directory; a system has about 150.</summary>
    private const int MaxFiles = 1000;

    /// <summary>An authority that is signed by another that is signed by another …</summary>
    private const int MaxDepth = 8;

    private readonly List<string> _found = [];
    private readonly List<string> _missed = [];

    public X509Certificate2Collection Certificates { get; } = [];

    /// <summary>For errors: where the authorities came from, or where none were.</summary>
    public string Description => _found.Count > 0
        ? "certificate authorities were read from " + string.Join(", ", _found)
        : "no certificate authorities were found in " + string.Join(", ", _missed);

    /// <summary>Loads those that signed one of the certificates, and those that signed them.</summary>
    public void LoadFor(X509Certificate2 shown, X509Certificate2Collection sentAlong)
    {
        List<byte[]> issuers = [shown.IssuerName.RawData];
        foreach (X509Certificate2 certificate in sentAlong)
        {
            issuers.Add(certificate.IssuerName.RawData);
        }

        int known = 0;
        for (int depth = 0; depth < MaxDepth && issuers.Count > known; depth++)
        {
            List<byte[]> wanted = issuers[known..];
            known = issuers.Count;
            int before = Certificates.Count;
            Search(wanted);
            for (int i = before; i < Certificates.Count; i++)
            {
                byte[] issuer = Certificates[i].IssuerName.RawData;
                if (!IsAny(issuers, issuer))
                {
                    issuers.Add(issuer);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (X509Certificate2 certificate in Certificates)
        {
            certificate.Dispose();
        }
    }

    private void Search(List<byte[]> subjects)
    {
        _found.Clear();
        _missed.Clear();
        foreach (HostCertificates host in own)
        {
            foreach (string file in host.AuthorityFiles)
            {
                SearchFile(file, subjects);
            }
        }

        bool hasBundle = options.Trust.BundleFiles.Any(file => SearchFile(file, subjects));
        foreach (string directory in hasBundle && options.Trust.Directories.Count == 0 ? [] : options.Trust.BundleDirectories)
        {
            SearchDirectory(directory, subjects);
        }
    }

    /// <returns>Whether it holds at least one certificate.</returns>
    private bool SearchFile(string path, List<byte[]> subjects)
    {
        bool found = Take(TryRead(path), subjects);
        (found ? _found : _missed).Add(path);
        return found;
    }

    private void SearchDirectory(string directory, List<byte[]> subjects)
    {
        bool found = false;
        foreach (string name in options.Files.List(directory).Where((_, i) => i < MaxFiles))
        {
            found |= Take(TryRead($"{directory}/{name}"), subjects);
        }

        (found ? _found : _missed).Add(directory);
    }

    private byte[]? TryRead(string path)
    {
        try
        {
            return options.Files.Read(path);
        }
        catch (IOException)
        {
            return null;   // a directory among the files, or not for us: the error about the certificate names the places
        }
    }

    private bool Take(byte[]? content, List<byte[]> subjects)
    {
        bool found = false;
        ReadOnlySpan<byte> pem = content;
        byte[] buffer = new byte[pem.Length];
        while (CertificateBytes.TryNext(ref pem, buffer, out ReadOnlySpan<byte> certificate))
        {
            ReadOnlySpan<byte> subject = CertificateBytes.SubjectOf(certificate);
            found |= !subject.IsEmpty;
            if (!subject.IsEmpty && IsAny(subjects, subject))
            {
                TryLoad(certificate);
            }
        }

        return found;
    }

    /// <summary>One that nobody can read does not make the others worthless.</summary>
    private void TryLoad(ReadOnlySpan<byte> certificate)
    {
        try
        {
            Certificates.Add(X509CertificateLoader.LoadCertificate(certificate));
        }
        catch (CryptographicException)
        {
            // The error about the server's certificate names the file.
        }
    }

    private static bool IsAny(List<byte[]> names, ReadOnlySpan<byte> name)
    {
        foreach (byte[] one in names)
        {
            if (name.SequenceEqual(one))
            {
                return true;
            }
        }

        return false;
    }
}
