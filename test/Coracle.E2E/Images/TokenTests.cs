using System.Security.Cryptography.X509Certificates;
using Coracle.Tests.Registry;

namespace Coracle.E2E;

/// <summary>A real registry that takes tokens alone, and their server.</summary>
public sealed class TokenTests : EngineTest, IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2 _signer;
    private readonly TokenServer _tokens;

    public TokenTests(Stage stage)
        : base(stage)
    {
        (_certificate, _signer) = (_authority.Issue(TlsRegistry.Host), _authority.Issue("signer"));
        _tokens = new TokenServer(_signer, _authority.Pem);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _signer.Dispose();
        _authority.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nobody_in_particular_gets_a_token_that_opens_nothing_here()
    {
        await using TokenServer tokens = _tokens;
        await using TlsRegistry registry = await StartRegistryAsync();
        await using Engine engine = await StartEngineAsync(registry);

        CommandResult pull = await Cli(engine).RunAsync("pull", registry.Reference("app:1"));

        Assert.Contains(
            $"pull access denied for {registry.Reference("app")}, repository does not exist or may require 'docker login'",
            pull.Exits(1).Errors, StringComparison.Ordinal);
        Assert.Equal(["anonymous"], tokens.Asked.Distinct());
    }

    [Fact]
    public async Task A_login_gets_a_token_to_come_back_with_and_the_password_is_not_sent_again()
    {
        await using TokenServer tokens = _tokens;
        await using TlsRegistry registry = await StartRegistryAsync();
        await using Engine engine = await StartEngineAsync(registry);
        DockerCli cli = Cli(engine);

        CommandResult login = await cli.RunWithInputAsync(TlsRegistry.Password, "login", "-u", TlsRegistry.User, "--password-stdin", registry.Address);
        Assert.Contains("Login Succeeded", login.Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains(TokenServer.RefreshToken, await File.ReadAllTextAsync(Path.Combine(engine.Root, "client/config.json")), StringComparison.Ordinal);
        (await cli.RunAsync("pull", registry.Reference("app:1"))).Succeeds();

        Assert.Contains("basic", tokens.Asked);
        Assert.Equal("refresh", tokens.Asked.Last());
    }

    [Fact]
    public async Task A_wrong_password_is_told_in_the_servers_words()
    {
        await using TokenServer tokens = _tokens;
        await using TlsRegistry registry = await StartRegistryAsync();
        await using Engine engine = await StartEngineAsync(registry);

        CommandResult login = await Cli(engine).RunWithInputAsync("wrong", "login", "-u", TlsRegistry.User, "--password-stdin", registry.Address);

        Assert.Contains("incorrect username or password", login.Exits(1).Errors, StringComparison.Ordinal);
    }

    private static DockerCli Cli(Engine engine) => new(DockerCli.Newest, engine);

    private Task<TlsRegistry> StartRegistryAsync() => TlsRegistry.StartAsync(Registry, _certificate, _tokens.RegistryConfiguration);

    private Task<Engine> StartEngineAsync(TlsRegistry registry) => Engine.StartAsync(new EngineSetting(
        $"printf '127.0.0.1 localhost\\n{TlsRegistry.HostsLine}\\n' >$ROOT/hosts; mount --bind $ROOT/hosts /etc/hosts", "--insecure-registry", registry.Address));
}
