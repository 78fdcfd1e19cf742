using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Coracle.Tests.Registry;

namespace Coracle.E2E;

/// <summary>
/// docker-registry by TLS over what the tests' plain registry holds, at ::1 and asked for by name: for dockerd whatever resolves
/// to 127.0.0.0/8 is insecure, and its certificate not looked at.
/// </summary>
internal sealed class TlsRegistry : IAsyncDisposable
{
    public const string Host = "registry.test";

    /// <summary>A line of a hosts file.</summary>
    public const string HostsLine = "::1 " + Host;

    public const string User = "me";

    public const string Password = "secret";

    // bcrypt, the only kind that docker-registry reads
    private const string PasswordLine = "me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

    private const int PortAttempts = 5;

    private readonly string _directory = Machine.NewDirectory();
    private Process? _process;
    private int _port;

    /// <summary>As a client writes it.</summary>
    public string Address => $"{Host}:{_port}";

    public string Reference(string name) => $"{Address}/{name}";

    /// <param name="certificate">With its key.</param>
    /// <param name="more">Lines of its configuration: who may come in. <c>$DIR</c> is its directory.</param>
    public static async Task<TlsRegistry> StartAsync(Registry content, X509Certificate2 certificate, string more = "", TestAuthority? clients = null)
    {
        TlsRegistry registry = new();
        registry.WriteCertificate(certificate);
        await File.WriteAllTextAsync(registry.PathOf("htpasswd"), PasswordLine);
        await File.WriteAllTextAsync(registry.PathOf("clients.pem"), clients?.Pem ?? "");
        for (int attempt = 1; !await registry.TryStartAsync(content, more, clients is not null); attempt++)
        {
            Assert.True(attempt < PortAttempts, $"docker-registry does not start\n{await File.ReadAllTextAsync(registry.PathOf("log"))}");
        }

        return registry;
    }

    public static string RequirePassword => "auth: {htpasswd: {realm: test, path: $DIR/htpasswd}}";

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>The configuration of such a registry, for those who start one themselves.</summary>
    public static string Configuration(Registry content, string address, string directory, string more, bool asksForClients) => $"""
        version: 0.1
        log:
          level: warn
          accesslog:
            disabled: true
        storage:
          filesystem:
            rootdirectory: {content.DataDirectory}
        http:
          addr: "{address}"
          tls:
            certificate: {directory}/server.pem
            key: {directory}/server.key
            {(asksForClients ? $"clientcas: [{directory}/clients.pem]" : "")}
        {more.Replace("$DIR", directory, StringComparison.Ordinal)}
        """;

    public static void WriteCertificate(string directory, X509Certificate2 certificate)
    {
        File.WriteAllText(Path.Combine(directory, "server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "server.key"), certificate.GetECDsaPrivateKey()!.ExportECPrivateKeyPem());
    }

    private void WriteCertificate(X509Certificate2 certificate) => WriteCertificate(_directory, certificate);

    private string PathOf(string name) => Path.Combine(_directory, name);

    private async Task<bool> TryStartAsync(Registry content, string more, bool asksForClients)
    {
        _port = Machine.FreeLoopbackPort();
        await File.WriteAllTextAsync(PathOf("config.yml"), Configuration(content, $"[::1]:{_port}", _directory, more, asksForClients));
        var info = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        string program = Machine.Find("docker-registry", "/usr/bin/docker-registry");
        foreach (string argument in (string[])["-c", "exec \"$1\" serve \"$2\" </dev/null >>\"$3\" 2>&1", "sh", program, PathOf("config.yml"), PathOf("log")])
        {
            info.ArgumentList.Add(argument);
        }

        _process = Process.Start(info)!;
        await Deadline.HoldsAsync("the registry's port", async () => _process.HasExited || await ListensAsync(), () => PathOf("log"));
        return !_process.HasExited;
    }

    private async Task<bool> ListensAsync()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.IPv6Loopback, _port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
