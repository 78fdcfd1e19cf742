using System.Globalization;
using Coracle.Http;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// One pull's conversation with one registry about one repository: its connections, its token, its credentials. Layers may be
/// fetched at the same time.
/// </summary>
public sealed class RegistrySession : IAsyncDisposable
{
    /// <summary>Nobody pulls more at once; a registry that names more is not to be believed.</summary>
    private const int MaxTags = 10_000;

    private const int TagsPerPage = 1000;

    private readonly ConnectionPool _pool;
    private readonly Requester _requester;
    private readonly TokenSource _tokens;
    private readonly RegistryEndpoint _endpoint;
    private readonly ImageReference _image;

    internal RegistrySession(
        IRegistryTransport transport, RegistryOptions options, TimeProvider time, RegistryEndpoint endpoint, RegistryCredentials credentials,
        ImageReference image, string scope)
    {
        (Options, Time, _endpoint, _image) = (options, time, endpoint, image);
        _pool = new ConnectionPool(transport);
        _requester = new Requester(_pool, options, time);
        _tokens = new TokenSource(_requester, endpoint, options, credentials, image, scope);
    }

    internal RegistryOptions Options { get; }

    internal TimeProvider Time { get; }

    /// <summary>The bytes behind a tag or a digest, at most <see cref="ManifestDocument.MaxBytes"/>; a digest is verified.</summary>
    /// <exception cref="RegistryException">Unknown, denied, unreachable or not what a registry answers.</exception>
    public async Task<FetchedManifest> GetManifestAsync(string tagOrDigest, CancellationToken cancellationToken)
    {
        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        try
        {
            await using Exchange exchange = await GetAsync($"manifests/{tagOrDigest}", MediaTypes.AcceptManifests, 0, silence, cancellationToken);
            byte[] bytes = await exchange.ReadAllAsync(ManifestDocument.MaxBytes, silence);
            Digest digest = Digest.Of(bytes);
            bool isWanted = !Digest.TryParse(tagOrDigest, out Digest? wanted) || wanted == digest;
            return isWanted
                ? new FetchedManifest(digest, ContentTypeOf(exchange.Response), bytes)
                : throw new RegistryException(RegistryProblem.Protocol, $"manifest verification failed for digest {wanted}");
        }
        catch (Exception error) when (IsBroken(error, silence))
        {
            throw Broken(error);
        }
    }

    /// <summary>A small blob as a whole: a config. Verified.</summary>
    /// <exception cref="RegistryException">As <see cref="GetManifestAsync"/>.</exception>
    /// <exception cref="ContentMismatchException">Another length than the descriptor says.</exception>
    public async Task<byte[]> GetBlobAsync(Descriptor blob, int maxBytes, CancellationToken cancellationToken)
    {
        if (blob.Size > maxBytes)
        {
            throw new RegistryException(RegistryProblem.Protocol, $"blob {blob.Digest} is too large: {blob.Size} bytes");
        }

        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        try
        {
            await using Exchange exchange = await OpenBlobAsync(blob.Digest, 0, silence, cancellationToken);
            byte[] bytes = await exchange.ReadSomeAsync((int)blob.Size + 1, silence);
            if (bytes.Length != blob.Size)
            {
                throw ContentMismatchException.Size(blob.Digest, blob.Size, bytes.Length);
            }

            Digest actual = Digest.Of(bytes);
            return actual == blob.Digest
                ? bytes
                : throw new RegistryException(RegistryProblem.Protocol, $"image config verification failed for digest {blob.Digest}");
        }
        catch (Exception error) when (IsBroken(error, silence))
        {
            throw Broken(error);
        }
    }

    /// <summary>Every tag of the repository, page by page, at most <see cref="MaxTags"/>.</summary>
    /// <exception cref="RegistryException">As <see cref="GetManifestAsync"/>.</exception>
    public async Task<IReadOnlyList<string>> GetTagsAsync(CancellationToken cancellationToken)
    {
        List<string> tags = [];
        string last = "";
        while (tags.Count < MaxTags)
        {
            IReadOnlyList<string> page = await GetTagPageAsync(last, cancellationToken);
            // Registries that know no pages answer the same list again: its last tag is the one we have.
            if (page.Count == 0 || page[^1] == last)
            {
                break;
            }

            tags.AddRange(page);
            last = page[^1];
        }

        return tags;
    }

    private async Task<IReadOnlyList<string>> GetTagPageAsync(string last, CancellationToken cancellationToken)
    {
        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        try
        {
            string after = last.Length == 0 ? "" : "&last=" + Uri.EscapeDataString(last);
            await using Exchange exchange = await GetAsync($"tags/list?n={TagsPerPage}{after}", accept: null, 0, silence, cancellationToken);
            return TagList.Parse(await exchange.ReadAllAsync(ManifestDocument.MaxBytes, silence));
        }
        catch (Exception error) when (IsBroken(error, silence))
        {
            throw Broken(error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _tokens.Dispose();
        await _pool.DisposeAsync();
    }

    /// <summary>Asks whether there is a registry, and what it wants to know of us.</summary>
    internal async Task PingAsync(CancellationToken cancellationToken)
    {
        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        RequestLine line = new("GET", Address("/v2/")) { Authorization = _tokens.Authorization };
        try
        {
            await using Exchange exchange = await _requester.SendAsync(_endpoint, line, silence, cancellationToken);
            byte[] body = await exchange.ReadSomeAsync(ErrorResponse.MaxBytes, silence);
            if (exchange.Response.Status >= 500)
            {
                throw ErrorResponse.Translate(exchange.Response.Status, null, body, _image);
            }

            _tokens.Heard(Challenge(exchange.Response));
        }
        catch (Exception error) when (IsBroken(error, silence))
        {
            throw Broken(error);
        }
    }

    /// <summary>Asks again, as somebody.</summary>
    /// <returns>An identity token, where the token server gives one.</returns>
    /// <exception cref="RegistryException">Unauthorized: the credentials are not good.</exception>
    internal async Task<string> LoginAsync(CancellationToken cancellationToken)
    {
        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        RequestLine line = new("GET", Address("/v2/"));
        await _tokens.RenewAsync(refused: null, line, cancellationToken);
        await using Exchange exchange = await _requester.SendAsync(
            _endpoint, line with { Authorization = _tokens.Authorization }, silence, cancellationToken);
        if (!exchange.Response.IsSuccess)
        {
            string status = exchange.Response.Status == 401 ? "401 Unauthorized" : exchange.Response.Status.ToString(CultureInfo.InvariantCulture);
            throw new RegistryException(RegistryProblem.Unauthorized, $"login attempt to {line.Address} failed with status: {status}");
        }

        return _tokens.IdentityToken;
    }

    /// <summary>A blob from a byte on, redirects followed: 200 or 206.</summary>
    internal async Task<Exchange> OpenBlobAsync(Digest blob, long offset, SilenceTimer silence, CancellationToken cancellationToken)
        => await GetAsync($"blobs/{blob}", accept: null, offset, silence, cancellationToken);

    internal static AuthChallenge? Challenge(HttpClientResponse response)
    {
        AuthChallenge? first = null;
        foreach ((string name, string value) in response.Headers)
        {
            if (string.Equals(name, "WWW-Authenticate", StringComparison.OrdinalIgnoreCase) && AuthChallenge.Parse(value) is { } challenge)
            {
                if (challenge.Scheme == "bearer")
                {
                    return challenge;
                }

                first ??= challenge;
            }
        }

        return first;
    }

    /// <summary>The other side broke off or fell silent: worth another try, unlike an answer we do not like.</summary>
    internal static bool IsBroken(Exception error, SilenceTimer silence) => error switch
    {
        RegistryException or ContentMismatchException => false,
        OperationCanceledException => silence.IsExpired,
        IOException or System.Net.Sockets.SocketException => true,
        _ => false,
    };

    internal static RegistryException Broken(Exception error) => new(
        RegistryProblem.Unreachable, error is OperationCanceledException ? "i/o timeout: the registry has gone silent" : "unexpected EOF", error);

    private async Task<Exchange> GetAsync(string what, string? accept, long offset, SilenceTimer silence, CancellationToken cancellationToken)
    {
        Uri address = Address(string.Create(CultureInfo.InvariantCulture, $"/v2/{_image.Path}/{what}"));
        RequestLine line = new("GET", address) { Accept = accept, Offset = offset };
        if (_tokens.Authorization is null)
        {
            await _tokens.RenewAsync(refused: null, line, cancellationToken);
        }

        line = line with { Authorization = _tokens.Authorization };
        Exchange exchange = await _requester.SendAsync(_endpoint, line, silence, cancellationToken);
        if (exchange.Response.Status == 401 && Challenge(exchange.Response) is { } challenge)
        {
            // A token ends after minutes; a pull over a thin link does not.
            _tokens.Heard(challenge);
            string? refused = line.Authorization;
            await _tokens.RenewAsync(refused, line, cancellationToken);
            if (_tokens.Authorization != refused)
            {
                await exchange.DisposeAsync();
                line = line with { Authorization = _tokens.Authorization };
                exchange = await _requester.SendAsync(_endpoint, line, silence, cancellationToken);
            }
        }

        return await RequireSuccessAsync(await _requester.FollowAsync(exchange, line, silence, cancellationToken), silence);
    }

    private async Task<Exchange> RequireSuccessAsync(Exchange exchange, SilenceTimer silence)
    {
        if (exchange.Response.IsSuccess)
        {
            return exchange;
        }

        await using (exchange)
        {
            byte[] body = await exchange.ReadSomeAsync(ErrorResponse.MaxBytes, silence);
            RegistryException refusal = ErrorResponse.Translate(exchange.Response.Status, Challenge(exchange.Response), body, _image);
            throw new RegistryException(exchange.Response.Status == 416 ? RegistryProblem.NoSuchRange : refusal.Problem, refusal.Message)
            {
                RetryAfter = Seconds(exchange.Response.Headers["Retry-After"]),
            };
        }
    }

    // RFC 9110 section 10.2.3 allows a date as well; no registry sends one, and a device's clock is not to be compared with.
    private static TimeSpan? Seconds(string? text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds) : null;

    private Uri Address(string pathAndQuery) => new($"{_endpoint.Scheme}://{_endpoint.Authority}{pathAndQuery}");

    private static string? ContentTypeOf(HttpClientResponse response)
    {
        string? value = response.Headers["Content-Type"];
        int semicolon = value?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return (semicolon < 0 ? value : value![..semicolon])?.Trim();
    }
}

/// <summary>A manifest or index as the registry sent it.</summary>
/// <param name="ContentType">Without parameters; null where the registry named none.</param>
public sealed record FetchedManifest(Digest Digest, string? ContentType, byte[] Bytes)
{
    /// <exception cref="OciFormatException">As <see cref="ManifestDocument.Parse"/>.</exception>
    public ManifestDocument Parse() => ManifestDocument.Parse(Bytes, ContentType);
}
