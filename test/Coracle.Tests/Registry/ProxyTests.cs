using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Coracle.Dns;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class ProxyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("registry.example", true, "s")]
    [InlineData("registry.example", false, "p")]
    [InlineData("localhost", true, "")]
    [InlineData("127.0.0.9", true, "")]
    [InlineData("inside.example", true, "")]
    [InlineData("a.inside.example", true, "")]
    [InlineData("notinside.example", true, "s")]
    [InlineData("sub.domain.example", true, "")]
    [InlineData("domain.example", true, "s")]
    [InlineData("star.example", true, "s")]
    [InlineData("x.star.example", true, "")]
    [InlineData("ported.example", true, "")]     // 443 is listed
    [InlineData("ported.example", false, "p")]
    [InlineData("10.1.2.3", true, "")]
    [InlineData("10.2.2.3", true, "s")]
    [InlineData("192.0.2.7", true, "")]
    public void Who_is_reached_through_which_proxy(string host, bool tls, string proxy)
    {
        ProxyRules rules = ProxyRules.Parse(
            "http://p:3128", "s:3129", "inside.example,.domain.example, *.star.example,ported.example:443,10.1.0.0/16,192.0.2.7");

        Assert.Equal(proxy, rules.For(new RegistryEndpoint(tls, host, tls ? 443 : 80))?.Host ?? "");
    }

    [Fact]
    public void A_star_excepts_everybody_and_what_is_no_HTTP_proxy_is_an_error()
    {
        Assert.Null(ProxyRules.Parse("p:1", "p:1", "*").For(new RegistryEndpoint(true, "registry.example", 443)));
        Assert.Contains("socks5://x:1", Assert.Throws<FormatException>(() => ProxyRules.Parse(null, "socks5://x:1", null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_TLS_registry_is_spoken_to_through_the_proxy_that_hears_only_its_name()
    {
        using TestAuthority authority = new();
        using FakeRegistry registry = new(new SslServerAuthenticationOptions { ServerCertificate = authority.Issue("registry.test") });
        using FakeProxy proxy = new("HTTP/1.1 200 Connection established\r\n\r\n", registry.Port);

        await PingAsync(registry.Port, proxy, authority, insecure: false);

        Assert.Equal("/v2/", Assert.Single(registry.Requests).Path);
        Assert.Null(registry.Requests.First()["Proxy-Authorization"]);
        string head = Assert.Single(proxy.Heads);
        Assert.StartsWith($"CONNECT registry.test:{registry.Port} HTTP/1.1\r\nHost: registry.test:{registry.Port}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Authorization: Basic bWU6cDp3\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407 Proxy Authentication Required")]
    [InlineData("nonsense\r\n\r\n", "malformed HTTP response")]
    [InlineData("", "EOF")]
    public async Task A_proxy_that_refuses_is_named(string answer, string words)
    {
        using TestAuthority authority = new();
        using FakeProxy proxy = new(answer, port: 0);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(443, proxy, authority, insecure: false));

        Assert.Contains("proxyconnect tcp: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_registry_is_asked_for_by_its_whole_address()
    {
        using TestAuthority authority = new();
        using FakeRegistry proxy = new();
        proxy.Intercept = request => request.Path == "http://registry.test:5000/v2/" ? FakeAnswer.Text(200, "{}") : null;
        RegistryOptions options = OptionsFor(proxy.Port, authority, insecure: true) with { Proxies = ProxyRules.Parse($"http://me:p%3Aw@127.0.0.1:{proxy.Port}", null, null) };

        await using RegistrySession session = await OpenAsync(options, 5000);

        Assert.Equal("Basic bWU6cDp3", Assert.Single(proxy.Requests)["Proxy-Authorization"]);
    }

    private static async Task PingAsync(int port, FakeProxy proxy, TestAuthority authority, bool insecure)
    {
        await using RegistrySession session = await OpenAsync(OptionsFor(proxy.Port, authority, insecure), port);
    }

    private static RegistryOptions OptionsFor(int proxyPort, TestAuthority authority, bool insecure) => RegistrySessionTests.Options with
    {
        Files = new HostFiles(path => path == "/etc/ssl/cert.pem" ? Encoding.UTF8.GetBytes(authority.Pem) : null, _ => []),
        Proxies = ProxyRules.Parse(null, $"http://me:p%3Aw@127.0.0.1:{proxyPort}", null),
        InsecureRegistries = insecure ? ["registry.test"] : [],
    };

    private static Task<RegistrySession> OpenAsync(RegistryOptions options, int port)
    {
        // The registry's name is the proxy's to resolve: nothing here knows it.
        SocketTransport transport = new(new StubResolver(_ => null, TimeProvider.System), options, TimeProvider.System);
        return new RegistryClient(transport, options, TimeProvider.System)
            .OpenAsync(ImageReference.Parse($"registry.test:{port}/a/b:v1"), RegistryCredentials.None, Cancel);
    }

    /// <summary>Answers a CONNECT with what it is told and, where that is a success, passes bytes on to a loopback port.</summary>
    private sealed class FakeProxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public FakeProxy(string answer, int port)
        {
            _listener.Start();
            _ = Task.Run(() => ServeAsync(answer, port));
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public ConcurrentQueue<string> Heads { get; } = new();

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(string answer, int port)
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync();
            NetworkStream stream = client.GetStream();
            StringBuilder head = new();
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                head.Append((char)stream.ReadByte());
            }

            Heads.Enqueue(head.ToString());
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            if (port > 0)
            {
                using TcpClient registry = new();
                await registry.ConnectAsync(IPAddress.Loopback, port);
                await Task.WhenAny(stream.CopyToAsync(registry.GetStream()), registry.GetStream().CopyToAsync(stream));
            }
        }
    }
}
