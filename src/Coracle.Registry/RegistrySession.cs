using System.Globalization;
using Coracle.Http;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// One pull's or push's conversation with one registry about one repository: its connections, its token, its credentials. Layers may be
/// fetched and pushed at the same time.
/// </summary>
public sealed class RegistrySession : IManifestShelf, IAsyncDisposable
{
    /// <summary>Nobody pulls more at once; a registry that names more is not to be believed.</summary>
    internal const int MaxTags = 10_000;

    private const int TagsPerPage = 1000;

    /// <summary>A link is written so much faster than a registry comes back: 100 ms of the usual 5 s.</summary>
    private const int LinkHaste = 50;

    private readonly ConnectionPool _pool;
    private readonly Requester _requester;
    private readonly TokenSource _tokens;
    private readonly RegistryEndpoint _endpoint;
    private readonly ImageReference _image;
    private readonly bool _isPush;

    internal RegistrySession(
        IRegistryTransport transport, RegistryOptions options, TimeProvider time, RegistryEndpoint endpoint, RegistryCredentials credentials,
        ImageReference image, string scope, bool isPush = false)
    {
        (Options, Time, _endpoint, _image, _isPush) = (options, time, endpoint, image, isPush);
        _pool = new ConnectionPool(transport);
        _requester = new Requester(_pool, options, time);
        _tokens = new TokenSource(_requester, endpoint, options, credentials, Pulled, scope);
    }

    /// <summary>The registry or mirror that answers, as <c>host:port</c>.</summary>
    public string Authority => _endpoint.Authority;

    internal RegistryOptions Options { get; }

    internal TimeProvider Time { get; }

    /// <summary>For the words of refusals: Docker's for a pull name the image.</summary>
    private ImageReference? Pulled => _isPush ? null : _image;

    /// <summary>The bytes behind a tag or a digest, at most <see cref="ManifestDocument.MaxBytes"/>; a digest is verified.</summary>
    /// <exception cref="RegistryException">Unknown, denied, unreachable or not what a registry answers.</exception>
    public async Task<FetchedManifest> GetManifestAsync(string tagOrDigest, CancellationToken cancellationToken)
    {
        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        try
        {
            await using Exchange exchange = await GetAsync($"manifests/{tagOrDigest}", MediaTypes.AcceptManifests, 0, 0, silence, cancellationToken);
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
            await using Exchange exchange = await OpenBlobAsync(blob.Digest, 0, 0, silence, cancellationToken);
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
            await using Exchange exchange = await GetAsync($"tags/list?n={TagsPerPage}{after}", accept: null, 0, 0, silence, cancellationToken);
            return TagList.Parse(await exchange.ReadAllAsync(ManifestDocument.MaxBytes, silence));
        }
        catch (Exception error) when (IsBroken(error, silence))
        {
            throw Broken(error);
        }
    }

    /// <summary>The same without a complaint where there is no such manifest.</summary>
    /// <returns>Null where the registry says that it does not know it.</returns>
    /// <inheritdoc cref="GetManifestAsync"/>
    public async Task<FetchedManifest?> FindManifestAsync(string tagOrDigest, CancellationToken cancellationToken)
    {
        RequestLine line = new("GET", AddressOf($"manifests/{tagOrDigest}")) { Accept = MediaTypes.AcceptManifests };
        Answer answer = await AskOfLinkAsync(line, ManifestDocument.MaxBytes, cancellationToken);
        if (answer.Status == 404)
        {
            return null;
        }

        answer.RequireSuccess(this);
        Digest digest = Digest.Of(answer.Body);
        return !Digest.TryParse(tagOrDigest, out Digest? wanted) || wanted == digest
            ? new FetchedManifest(digest, ContentTypeOf(answer.Response), answer.Body)
            : throw new RegistryException(RegistryProblem.Protocol, $"manifest verification failed for digest {wanted}");
    }

    /// <summary>Stores a manifest; everything it names must be there already.</summary>
    /// <param name="tagOrDigest">A tag of this repository, or the digest of the bytes.</param>
    /// <returns>Whether the registry lists it among its subject's referrers by itself (distribution-spec v1.1, <c>OCI-Subject</c>).</returns>
    /// <exception cref="RegistryException">As <see cref="GetManifestAsync"/>; or the registry has stored something else.</exception>
    public async Task<bool> PutManifestAsync(string tagOrDigest, string mediaType, byte[] bytes, CancellationToken cancellationToken)
    {
        RequestLine line = new("PUT", AddressOf($"manifests/{tagOrDigest}")) { Content = RequestContent.Of(mediaType, bytes) };
        Answer answer = await AskOfLinkAsync(line, ErrorResponse.MaxBytes, cancellationToken);
        answer.RequireSuccess(this);
        answer.RequireDigest(Digest.Of(bytes));
        return answer.Response.Headers.Contains("OCI-Subject");
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
                throw ErrorResponse.Translate(exchange.Response.Status, null, body, Pulled);
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
    /// <param name="end">The byte behind the last one wanted; 0 for all.</param>
    internal async Task<Exchange> OpenBlobAsync(Digest blob, long offset, long end, SilenceTimer silence, CancellationToken cancellationToken)
        => await GetAsync($"blobs/{blob}", accept: null, offset, end, silence, cancellationToken);

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

    /// <summary>One request with a short answer, whatever its status.</summary>
    /// <param name="maxBytes">Of the answer's body, where it is a success.</param>
    /// <exception cref="RegistryException">Nobody answered; or a token was not to be had.</exception>
    internal async Task<Answer> AskAsync(RequestLine line, int maxBytes, CancellationToken cancellationToken)
    {
        using SilenceTimer silence = _requester.NewSilence(cancellationToken);
        try
        {
            await using Exchange exchange = await SendAsync(line, silence, cancellationToken);
            byte[] body = exchange.Response.IsSuccess
                ? await exchange.ReadAllAsync(maxBytes, silence)
                : await exchange.ReadSomeAsync(ErrorResponse.MaxBytes, silence);
            return new Answer(line, exchange, body);
        }
        catch (Exception error) when (IsBroken(error, silence))
        {
            throw Broken(error);
        }
    }

    /// <summary>
    /// A request that makes the registry read what somebody else may be writing just now. docker-registry 2.8 on a file system cuts a
    /// link to nothing before it writes it: until then whoever pushes a manifest that names it hears "digest invalid", and whoever
    /// reads it a 500 (seen with six pushers of one config). Such a moment is over in a second.
    /// </summary>
    private async Task<Answer> AskOfLinkAsync(RequestLine line, int maxBytes, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            Answer answer = await AskAsync(line, maxBytes, cancellationToken);
            bool isPassing = answer.Status >= 500 || (answer.Status == 400 && answer.Body.AsSpan().IndexOf("\"DIGEST_INVALID\""u8) >= 0);
            if (!isPassing || failures == Options.MaxAttempts)
            {
                return answer;
            }

            await Task.Delay(Options.RetryDelay * failures / LinkHaste, Time, cancellationToken);
        }
    }

    /// <summary>A thing of this repository.</summary>
    internal Uri AddressOf(string what) => Address($"/v2/{_image.Path}/{what}");

    /// <summary>Where an answer sends us for what comes next; <see cref="AskAsync"/> shows our credentials to nobody but the registry.</summary>
    /// <exception cref="RegistryException">Nowhere usable.</exception>
    internal Uri Resolve(Answer answer, string? location)
    {
        (RequestLine line, RegistryEndpoint from) = (answer.Line, answer.Endpoint);
        bool isAsked = from.IsAt(line.Address);
        RequestLine answered = isAsked ? line : line with { Address = new Uri($"{from.Scheme}://{from.Authority}{line.Address.PathAndQuery}") };
        return _requester.Resolve(answered, from, location);
    }

    internal RegistryException RefusalOf(Answer answer)
        => RefusalOf(answer.Status, Challenge(answer.Response), answer.Body, answer.Response.Headers["Retry-After"]);

    private async Task<Exchange> GetAsync(string what, string? accept, long offset, long end, SilenceTimer silence, CancellationToken cancellationToken)
    {
        RequestLine line = new("GET", AddressOf(what)) { Accept = accept, Offset = offset, End = end };
        return await RequireSuccessAsync(await SendAsync(line, silence, cancellationToken), silence);
    }

    /// <summary>Any request, redirects followed: as whoever we are to the registry, as nobody to another host.</summary>
    private async Task<Exchange> SendAsync(RequestLine wanted, SilenceTimer silence, CancellationToken cancellationToken)
    {
        bool isHere = _endpoint.IsAt(wanted.Address);
        RegistryEndpoint target = isHere ? _endpoint : RegistryEndpoint.Of(wanted.Address, _endpoint, Options);
        if (isHere && _tokens.Authorization is null)
        {
            await _tokens.RenewAsync(refused: null, wanted, cancellationToken);
        }

        RequestLine line = wanted with { Authorization = isHere ? _tokens.Authorization : null };
        Exchange exchange = await _requester.SendAsync(target, line, silence, cancellationToken);
        if (isHere && exchange.Response.Status == 401 && Challenge(exchange.Response) is { } challenge)
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

        return await _requester.FollowAsync(exchange, line, silence, cancellationToken);
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
            throw RefusalOf(exchange.Response.Status, Challenge(exchange.Response), body, exchange.Response.Headers["Retry-After"]);
        }
    }

    private RegistryException RefusalOf(int status, AuthChallenge? challenge, byte[] body, string? retryAfter)
    {
        RegistryException refusal = ErrorResponse.Translate(status, challenge, body, Pulled);
        return new RegistryException(status == 416 ? RegistryProblem.NoSuchRange : refusal.Problem, refusal.Message) { RetryAfter = Seconds(retryAfter) };
    }

    // RFC 9110 section 10.2.3 allows a date as well; no registry sends one, and a device's clock is not to be compared with.
    private static TimeSpan? Seconds(string? text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds) : null;

    internal static string? ContentTypeOf(HttpClientResponse response)
    {
        string? value = response.Headers["Content-Type"];
        int semicolon = value?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return (semicolon < 0 ? value : value![..semicolon])?.Trim();
    }

    private Uri Address(string pathAndQuery) => new($"{_endpoint.Scheme}://{_endpoint.Authority}{pathAndQuery}");
}

/// <summary>A manifest or index as the registry sent it.</summary>
/// <param name="ContentType">Without parameters; null where the registry named none.</param>
public sealed record FetchedManifest(Digest Digest, string? ContentType, byte[] Bytes)
{
    /// <exception cref="OciFormatException">As <see cref="ManifestDocument.Parse"/>.</exception>
    public ManifestDocument Parse() => ManifestDocument.Parse(Bytes, ContentType);
}
