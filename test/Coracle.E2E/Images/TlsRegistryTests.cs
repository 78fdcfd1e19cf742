using System.Security.Cryptography.X509Certificates;
using Coracle.Tests.Registry;

namespace Coracle.E2E;

/// <summary>A real registry by TLS, an engine with a hosts file and a certs.d of its own.</summary>
public sealed class TlsRegistryTests : EngineTest
{
    private readonly TestAuthority _authority = new();
    private readonly string _certificates = Machine.NewDirectory();

    public TlsRegistryTests(Stage stage)
        : base(stage)
    {
    }

    [Fact]
    public async Task An_authority_in_certs_d_counts_from_the_moment_it_is_there()
    {
        using X509Certificate2 certificate = _authority.Issue(TlsRegistry.Host);
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate);
        await using Engine engine = await StartEngineAsync();

        Assert.Contains("x509: certificate signed by unknown authority", (await PullAsync(engine, registry)).Exits(1).Errors, StringComparison.Ordinal);
        Trust(registry);
        (await PullAsync(engine, registry)).Succeeds();
        Directory.Delete(DirectoryOf(registry), recursive: true);

        Assert.Contains("x509: certificate signed by unknown authority", (await PullAsync(engine, registry)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SSL_CERT_FILE_names_the_authorities()
    {
        using X509Certificate2 certificate = _authority.Issue(TlsRegistry.Host);
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate);
        string bundle = Path.Combine(_certificates, "bundle.pem");
        await File.WriteAllTextAsync(bundle, _authority.Pem);
        await using Engine engine = await StartEngineAsync($"export SSL_CERT_FILE={bundle}");

        (await PullAsync(engine, registry)).Succeeds();
    }

    [Theory]
    [InlineData("elsewhere.test", -1, 30, "x509: certificate is valid for elsewhere.test, not registry.test")]
    [InlineData(TlsRegistry.Host, -20, -10, "x509: certificate has expired or is not yet valid")]
    [InlineData(TlsRegistry.Host, 10, 20, "x509: certificate has expired or is not yet valid")]
    public async Task A_certificate_for_another_name_or_time_is_refused(string name, int from, int to, string words)
    {
        using X509Certificate2 certificate = _authority.Issue(name, from, to);
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate);
        await using Engine engine = await StartEngineAsync();
        Trust(registry);

        Assert.Contains(words, (await PullAsync(engine, registry)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_insecure_registry_may_show_any_certificate()
    {
        using X509Certificate2 certificate = _authority.Issue("elsewhere.test");
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate);
        await using Engine engine = await StartEngineAsync("", "--insecure-registry", registry.Address);

        (await PullAsync(engine, registry)).Succeeds();
    }

    [Fact]
    public async Task A_registry_that_asks_for_a_client_certificate_is_shown_the_one_in_certs_d()
    {
        using X509Certificate2 certificate = _authority.Issue(TlsRegistry.Host);
        using X509Certificate2 client = _authority.Issue("device");
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate, clients: _authority);
        await using Engine engine = await StartEngineAsync();
        Trust(registry);
        (await PullAsync(engine, registry)).Exits(1);

        await File.WriteAllTextAsync(Path.Combine(DirectoryOf(registry), "client.cert"), client.ExportCertificatePem());
        Assert.Contains("issing key client.key for client certificate client.cert", (await PullAsync(engine, registry)).Exits(1).Errors, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(DirectoryOf(registry), "client.key"), client.GetECDsaPrivateKey()!.ExportECPrivateKeyPem());
        (await PullAsync(engine, registry)).Succeeds();
    }

    [Fact]
    public async Task A_password_is_checked_at_login_and_sent_at_a_pull()
    {
        using X509Certificate2 certificate = _authority.Issue(TlsRegistry.Host);
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate, TlsRegistry.RequirePassword);
        await using Engine engine = await StartEngineAsync();
        Trust(registry);
        var cli = new DockerCli(DockerCli.Newest, engine);

        Assert.Contains("no basic auth credentials", (await PullAsync(engine, registry)).Exits(1).Errors, StringComparison.Ordinal);
        CommandResult wrong = await cli.RunWithInputAsync("wrong", "login", "-u", TlsRegistry.User, "--password-stdin", registry.Address);
        Assert.Contains($"login attempt to https://{registry.Address}/v2/ failed with status: 401 Unauthorized", wrong.Exits(1).Errors, StringComparison.Ordinal);
        CommandResult login = await cli.RunWithInputAsync(TlsRegistry.Password, "login", "-u", TlsRegistry.User, "--password-stdin", registry.Address);
        Assert.Contains("Login Succeeded", login.Succeeds().Output, StringComparison.Ordinal);
        (await PullAsync(engine, registry)).Succeeds();
    }

    private Task<Engine> StartEngineAsync(string prepare = "", params string[] options)
    {
        string hosts = Path.Combine(_certificates, "hosts"), certsD = Path.Combine(_certificates, "certs.d");
        File.WriteAllText(hosts, $"127.0.0.1 localhost\n{TlsRegistry.HostsLine}\n");
        Directory.CreateDirectory(certsD);
        return Engine.StartAsync(new EngineSetting(
            $"mount --bind {hosts} /etc/hosts; mkdir -p /etc/docker/certs.d; mount --bind {certsD} /etc/docker/certs.d; {prepare}", options));
    }

    private string DirectoryOf(TlsRegistry registry) => Path.Combine(_certificates, "certs.d", registry.Address);

    private void Trust(TlsRegistry registry)
    {
        Directory.CreateDirectory(DirectoryOf(registry));
        File.WriteAllText(Path.Combine(DirectoryOf(registry), "ca.crt"), _authority.Pem);
    }

    private static Task<CommandResult> PullAsync(Engine engine, TlsRegistry registry)
        => new DockerCli(DockerCli.Newest, engine).RunAsync("pull", registry.Reference("app:1"));
}
