using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coracle.Dns;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class TlsTests : IDisposable
{
    private const string Host = "registry.test";

    private const string SystemBundle = "/etc/ssl/certs/ca-certificates.crt";

    private readonly TestAuthority _authority = new();
    private readonly Dictionary<string, string> _files = new()
    {
        ["/etc/hosts"] = "127.0.0.1 registry.test token.test other.test",
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_registry_signed_by_an_authority_of_the_system_is_spoken_to_and_asked_by_name()
    {
        _files[SystemBundle] = _authority.Pem;
        string? asked = null;
        using X509Certificate2 certificate = _authority.Issue(Host);
        using FakeRegistry registry = new(new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                asked = name;
                return certificate;
            },
        });

        await PingAsync(registry);

        Assert.Equal(Host, asked);
        Assert.Equal("/v2/", Assert.Single(registry.Requests).Path);
    }

    [Theory]
    [InlineData("/etc/pki/tls/certs/ca-bundle.crt")]
    [InlineData("/etc/ssl/ca-bundle.pem")]
    [InlineData("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem")]
    [InlineData("/etc/ssl/cert.pem")]
    [InlineData("/etc/ssl/certs/ours.pem")]
    public async Task Each_usual_place_is_looked_into(string path)
    {
        _files[path] = "# a comment\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + _authority.Pem;
        using FakeRegistry registry = Serve(Host);

        await PingAsync(registry);
    }

    [Fact]
    public async Task SSL_CERT_FILE_and_SSL_CERT_DIR_are_instead_of_the_usual_places()
    {
        using TestAuthority other = new();
        _files[SystemBundle] = _authority.Pem;
        _files["/mine.pem"] = other.Pem;
        _files["/mine/x.pem"] = _authority.Pem;
        using FakeRegistry registry = Serve(Host);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => PingAsync(registry, new TrustPlaces([], "/mine.pem", [])));
        await PingAsync(registry, new TrustPlaces([], "/mine.pem", ["/mine"]));

        Assert.EndsWith("certificate authorities were read from /mine.pem)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_authority_is_refused_with_the_places_that_were_looked_into()
    {
        using FakeRegistry registry = Serve(Host);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        Assert.Equal(RegistryProblem.Certificates, error.Problem);
        Assert.StartsWith(
            $"Get \"https://{Host}:{registry.Port}/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority ({Host}; "
            + $"no certificate authorities were found in {SystemBundle}, ",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_with_both_names()
    {
        _files[SystemBundle] = _authority.Pem;
        using FakeRegistry registry = Serve("elsewhere.test");

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        Assert.EndsWith("tls: failed to verify certificate: x509: certificate is valid for elsewhere.test, not " + Host, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-10, -5, " is after ")]
    [InlineData(5, 10, " is before ")]
    public async Task A_certificate_out_of_its_time_is_refused_with_the_time_it_is_here(int from, int to, string words)
    {
        _files[SystemBundle] = _authority.Pem;
        using X509Certificate2 certificate = _authority.Issue(Host, from, to);
        using FakeRegistry registry = new(new SslServerAuthenticationOptions { ServerCertificate = certificate });

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        Assert.Contains("x509: certificate has expired or is not yet valid: current time 20", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(from > 0, error.Message.Contains("is the clock of this device right?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_authority_in_certs_d_counts_for_its_registry_alone_and_at_once()
    {
        using FakeRegistry registry = Serve(Host), other = Serve("other.test");
        await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        _files[$"/etc/docker/certs.d/{Host}:{registry.Port}/ca.crt"] = _authority.Pem;

        await PingAsync(registry);
        RegistryException refused = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(other, host: "other.test"));
        Assert.Contains("unknown authority", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_self_signed_certificate_in_certs_d_is_its_own_authority()
    {
        using System.Security.Cryptography.RSA key = System.Security.Cryptography.RSA.Create(2048);
        CertificateRequest request = new("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using FakeRegistry registry = new(new SslServerAuthenticationOptions { ServerCertificate = certificate });
        _files[$"/etc/docker/certs.d/{Host}:{registry.Port}/ca.crt"] = certificate.ExportCertificatePem();

        await PingAsync(registry);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_a_registry_that_asks_for_one()
    {
        using X509Certificate2 client = _authority.Issue("device");
        using X509Certificate2 certificate = _authority.Issue(Host);
        string? shown = null;
        using FakeRegistry registry = new(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, theirs, _, _) =>
            {
                shown = theirs?.Subject;
                return theirs is not null;
            },
        });
        string directory = $"/etc/docker/certs.d/{Host}:{registry.Port}";
        _files[directory + "/ca.crt"] = _authority.Pem;
        await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        _files[directory + "/client.cert"] = client.ExportCertificatePem();
        _files[directory + "/client.key"] = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        await PingAsync(registry);

        Assert.Equal("CN=device", shown);
    }

    [Theory]
    [InlineData("client.cert", "missing key client.key for client certificate client.cert. CA certificates must use the extension .crt")]
    [InlineData("client.key", "missing client certificate client.cert for key client.key")]
    public async Task Half_a_pair_is_an_error_that_names_the_other_half(string file, string words)
    {
        using FakeRegistry registry = Serve(Host);
        _files[$"/etc/docker/certs.d/{Host}:{registry.Port}/{file}"] = "x";

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        Assert.EndsWith(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_cannot_be_read_is_an_error_that_names_it()
    {
        using FakeRegistry registry = Serve(Host);
        string directory = $"/etc/docker/certs.d/{Host}:{registry.Port}";
        (_files[directory + "/c.cert"], _files[directory + "/c.key"]) = ("x", "y");

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        Assert.Contains($"{directory}/c.cert and {directory}/c.key: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_insecure_registry_may_show_any_certificate()
    {
        using FakeRegistry registry = Serve("elsewhere.test");

        await PingAsync(registry, insecure: true);

        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task An_insecure_registry_may_speak_plain_HTTP_and_a_secure_one_may_not()
    {
        using FakeRegistry registry = new();

        await PingAsync(registry, insecure: true);
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PingAsync(registry));

        Assert.EndsWith("http: server gave HTTP response to HTTPS client", error.Message, StringComparison.Ordinal);
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task A_token_server_signed_by_the_registrys_own_authority_is_trusted_on_its_behalf()
    {
        using FakeRegistry tokens = Serve("token.test"), registry = Serve(Host);
        _files[$"/etc/docker/certs.d/{Host}:{registry.Port}/ca.crt"] = _authority.Pem;
        tokens.Intercept = _ => FakeAnswer.Text(200, """{"access_token":"t"}""");
        registry.Intercept = request =>
        {
            FakeAnswer challenge = FakeAnswer.Text(401, "{}");
            challenge.Headers["WWW-Authenticate"] = $"Bearer realm=\"https://token.test:{tokens.Port}/token\",service=\"s\"";
            return request["Authorization"] == "Bearer t" ? null : challenge;
        };
        Digest digest = registry.AddManifest("a/b", "v1", """{"schemaVersion":2}""");
        await using RegistrySession session = await OpenAsync(registry, TrustPlaces.Usual, Host, insecure: false);

        Assert.Equal(digest, (await session.GetManifestAsync("v1", Cancel)).Digest);
    }

    [Fact]
    public void The_subject_is_found_in_the_bytes_and_damaged_ones_are_survived()
    {
        using X509Certificate2 certificate = _authority.Issue(Host);
        byte[] whole = certificate.RawData;
        Assert.True(CertificateBytes.SubjectOf(whole).SequenceEqual(certificate.SubjectName.RawData));

        Random random = new(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = whole[..random.Next(whole.Length + 1)];
            for (int flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--)
            {
                damaged[random.Next(Math.Min(damaged.Length, 200))] = (byte)random.Next(256);
            }

            Assert.True(CertificateBytes.SubjectOf(damaged).Length <= damaged.Length);
        }
    }

    private FakeRegistry Serve(string name) => new(new SslServerAuthenticationOptions { ServerCertificate = _authority.Issue(name) });

    private Task PingAsync(FakeRegistry registry, TrustPlaces? trust = null, string host = Host)
        => PingAsync(registry, trust ?? TrustPlaces.Usual, host, insecure: false);

    private Task PingAsync(FakeRegistry registry, bool insecure) => PingAsync(registry, TrustPlaces.Usual, Host, insecure);

    private async Task PingAsync(FakeRegistry registry, TrustPlaces trust, string host, bool insecure)
    {
        await using RegistrySession session = await OpenAsync(registry, trust, host, insecure);
    }

    private Task<RegistrySession> OpenAsync(FakeRegistry registry, TrustPlaces trust, string host, bool insecure)
    {
        RegistryOptions options = RegistrySessionTests.Options with
        {
            Files = new HostFiles(Read, List),
            Trust = trust,
            InsecureRegistries = insecure ? [host] : [],
        };
        SocketTransport transport = new(new StubResolver(Read, TimeProvider.System), options, TimeProvider.System);
        return new RegistryClient(transport, options, TimeProvider.System)
            .OpenAsync(ImageReference.Parse($"{host}:{registry.Port}/a/b:v1"), RegistryCredentials.None, Cancel);
    }

    private byte[]? Read(string path) => _files.TryGetValue(path, out string? content) ? Encoding.UTF8.GetBytes(content) : null;

    private List<string> List(string path)
        => [.. _files.Keys.Where(file => Path.GetDirectoryName(file) == path).Select(file => Path.GetFileName(file)!)];
}
