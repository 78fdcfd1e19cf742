namespace Coracle.Registry;

/// <summary>Where certificates are looked for.</summary>
/// <param name="HostDirectories">Directories of Docker's <c>certs.d</c> kind: one directory per registry in each; the first that has it counts.</param>
/// <param name="File">SSL_CERT_FILE: instead of the usual bundles.</param>
/// <param name="Directories">SSL_CERT_DIR, split at its colons: instead of the usual directories.</param>
public sealed record TrustPlaces(IReadOnlyList<string> HostDirectories, string? File, IReadOnlyList<string> Directories)
{
    // Where distributions put the bundle that their ca-certificates package makes.
    private static readonly string[] _usualFiles =
    [
        "/etc/ssl/certs/ca-certificates.crt",                  // Debian, Alpine, OpenWrt, Yocto, Buildroot, Arch, balenaOS
        "/etc/pki/tls/certs/ca-bundle.crt",                    // Fedora
        "/etc/ssl/ca-bundle.pem",                              // openSUSE
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",   // RHEL
        "/etc/ssl/cert.pem",                                   // Alpine's libressl, OpenWrt's older images
        "/etc/pki/tls/cacert.pem",                             // LibreELEC
        "/usr/share/ssl/certs/ca-bundle.crt",                  // PTXdist and other small ones
    ];

    // One certificate a file; read only where no bundle is found.
    private static readonly string[] _usualDirectories = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/share/ca-certificates"];

    public static TrustPlaces Usual { get; } = new(["/etc/docker/certs.d"], null, []);

    public IReadOnlyList<string> BundleFiles => File is null ? _usualFiles : [File];

    public IReadOnlyList<string> BundleDirectories => Directories.Count > 0 ? Directories : File is null ? _usualDirectories : [];
}
