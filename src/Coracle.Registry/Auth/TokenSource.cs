using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// Answers a registry's challenge for one repository: Basic from the credentials, Bearer by asking the token server, once for all
/// layers. Also the place that decides whom a password may be shown.
/// </summary>
/// <param name="image">What is pulled, for the words of refusals; null where nothing is.</param>
/// <param name="scope">What the token is asked for, several with spaces between; empty asks only whether the credentials are good.</param>
/// <remarks>distribution's docs/spec/auth: token.md and oauth.md.</remarks>
internal sealed class TokenSource(
    Requester requester, RegistryEndpoint endpoint, RegistryOptions options, RegistryCredentials credentials, ImageReference? image, string scope) : IDisposable
{
    private const int MaxTokenAnswer = 1024 * 1024;

    // Logins alone ask for one: a pull has no place to keep it.
    private readonly bool _wantsIdentity = scope.Length == 0;

    private readonly SemaphoreSlim _one = new(1, 1);
    private AuthChallenge? _challenge;
    private string? _authorization = credentials.RegistryToken.Length > 0 ? "Bearer " + credentials.RegistryToken : null;

    /// <summary>The header for the next request, or null where none is needed or nothing has been asked for yet.</summary>
    public string? Authorization => _authorization;

    /// <summary>What the token server gave to come back with instead of the password; empty where it gave nothing.</summary>
    public string IdentityToken { get; private set; } = "";

    /// <summary>Remembers what the ping was answered, so that the first real request comes with its token already.</summary>
    public void Heard(AuthChallenge? challenge) => _challenge = challenge ?? _challenge;

    /// <summary>Gets a header where the challenge wants one and there is none yet, or the one there was has been refused.</summary>
    /// <param name="refused">The header that earned a 401, or null before the first request.</param>
    /// <exception cref="RegistryException">The token server refuses or cannot be reached; or Basic is wanted and there is nobody to be.</exception>
    public async Task RenewAsync(string? refused, RequestLine wanted, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            bool renewedByAnother = _authorization is not null && _authorization != refused;
            if (!renewedByAnother && _challenge is not null && credentials.RegistryToken.Length == 0)
            {
                _authorization = await AnswerAsync(_challenge, wanted, cancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<string?> AnswerAsync(AuthChallenge challenge, RequestLine wanted, CancellationToken cancellationToken) => challenge.Scheme switch
    {
        "bearer" => "Bearer " + await AskTokenServerAsync(challenge, cancellationToken),
        "basic" when credentials.HasPassword => Basic(),
        "basic" => throw new RegistryException(RegistryProblem.Unauthorized, wanted.Describe("no basic auth credentials")),
        _ => null,
    };

    private string Basic() => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.Username}:{credentials.Password}"));

    private async Task<string> AskTokenServerAsync(AuthChallenge challenge, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(challenge["realm"], UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("http" or "https"))
        {
            throw new RegistryException(RegistryProblem.Protocol, $"invalid token realm: \"{challenge["realm"]}\"");
        }

        RegistryEndpoint server = RegistryEndpoint.Of(realm, endpoint, options);
        if (!server.IsTls && server.VerifyCertificate)
        {
            // The answer to a challenge from the net must not send a password over the net in clear.
            throw new RegistryException(RegistryProblem.Protocol, $"refusing the token server {realm}: it is not https");
        }

        RequestLine request = credentials.IdentityToken.Length > 0 ? RefreshRequest(realm, challenge) : TokenRequest(realm, challenge);
        using SilenceTimer silence = requester.NewSilence(cancellationToken);
        await using Exchange exchange = await requester.SendAsync(server, request, silence, cancellationToken);
        byte[] body = await exchange.ReadSomeAsync(MaxTokenAnswer, silence);
        return exchange.Response.IsSuccess
            ? ReadToken(body, request)
            : throw ErrorResponse.Translate(exchange.Response.Status, RegistrySession.Challenge(exchange.Response), body, image);
    }

    private RequestLine TokenRequest(Uri realm, AuthChallenge challenge)
    {
        StringBuilder query = new(realm.Query.TrimStart('?'));
        Append(query, "account", credentials.HasPassword ? credentials.Username : "");
        foreach (string one in scope.Split(' '))
        {
            Append(query, "scope", one);
        }

        Append(query, "service", challenge["service"]);
        Append(query, "client_id", _wantsIdentity ? "docker" : "");
        Append(query, "offline_token", _wantsIdentity ? "true" : "");
        UriBuilder address = new(realm) { Query = query.ToString() };
        return new RequestLine("GET", address.Uri) { Authorization = credentials.HasPassword ? Basic() : null };
    }

    private RequestLine RefreshRequest(Uri realm, AuthChallenge challenge)
    {
        StringBuilder form = new();
        Append(form, "client_id", "docker");
        Append(form, "grant_type", "refresh_token");
        Append(form, "refresh_token", credentials.IdentityToken);
        Append(form, "scope", scope);
        Append(form, "service", challenge["service"]);
        return new RequestLine("POST", realm)
        {
            Content = RequestContent.Of("application/x-www-form-urlencoded", Encoding.UTF8.GetBytes(form.ToString())),
        };
    }

    private static void Append(StringBuilder query, string name, string value)
    {
        if (value.Length > 0)
        {
            query.Append(query.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    private string ReadToken(byte[] body, RequestLine request)
    {
        try
        {
            using JsonDocument document = GoJson.Parse(body);
            if (_wantsIdentity && document.RootElement.TryGetProperty("refresh_token", out JsonElement refresh))
            {
                IdentityToken = refresh.GetString() ?? "";
            }

            foreach (string name in (ReadOnlySpan<string>)["token", "access_token"])
            {
                if (document.RootElement.TryGetProperty(name, out JsonElement token) && token.GetString() is { Length: > 0 } text && Ascii.IsValid(text))
                {
                    return text;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new RegistryException(RegistryProblem.Protocol, request.Describe("unable to decode token response: " + error.Message), error);
        }

        throw new RegistryException(RegistryProblem.Protocol, request.Describe("authorization server did not include a token in the response"));
    }
}
