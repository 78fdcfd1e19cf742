using Coracle.Http;

namespace Coracle.Registry;

/// <summary>Sends requests over pooled connections and follows redirects. Knows nothing of repositories.</summary>
internal sealed class Requester(ConnectionPool pool, RegistryOptions options, TimeProvider time)
{
    private const int MaxRedirects = 10;

    public SilenceTimer NewSilence(CancellationToken cancellationToken) => new(options.SilenceTimeout, time, cancellationToken);

    /// <exception cref="RegistryException">Nobody answered, in Go's words.</exception>
    public async Task<Exchange> SendAsync(RegistryEndpoint endpoint, RequestLine line, SilenceTimer silence, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                (HttpClientConnection connection, bool isUsed) = await pool.TakeAsync(endpoint, cancellationToken);
                try
                {
                    HttpClientResponse response = await connection.SendAsync(line.ToHttp(endpoint, options.Proxies.For(endpoint), silence), silence.Listen());
                    silence.Rest();
                    return new Exchange(pool, endpoint, connection, response);
                }
                catch (ConnectionLostException) when (isUsed && line.IsRepeatable && !silence.IsExpired)
                {
                    // Servers close idle connections when they like; a fresh one tells whether there is a real problem.
                }
            }
        }
        catch (Exception) when (line.Content?.Failure is { } failure)
        {
            throw new RegistryException(RegistryProblem.Unreadable, line.Describe(failure.Message), failure);
        }
        catch (RegistryException error)
        {
            throw new RegistryException(error.Problem, line.Describe(error.Message), error);
        }
        catch (OperationCanceledException error) when (silence.IsExpired)
        {
            throw new RegistryException(RegistryProblem.Unreachable, line.Describe("net/http: timeout awaiting response headers"), error);
        }
        catch (ConnectionLostException error)
        {
            throw new RegistryException(RegistryProblem.Unreachable, line.Describe("EOF"), error);
        }
        catch (HttpFormatException error)
        {
            throw new RegistryException(RegistryProblem.Protocol, line.Describe("malformed HTTP response: " + error.Message), error);
        }
    }

    /// <summary>Follows what a blob's request is redirected to; credentials stay with the host they were given for.</summary>
    public async Task<Exchange> FollowAsync(Exchange first, RequestLine line, SilenceTimer silence, CancellationToken cancellationToken)
    {
        Exchange current = first;
        RequestLine request = line;
        for (int i = 0; i < MaxRedirects; i++)
        {
            if (current.Response.Status is not (301 or 302 or 303 or 307 or 308))
            {
                return current;
            }

            (RegistryEndpoint from, string? location) = (current.Endpoint, current.Response.Headers["Location"]);
            await current.DisposeAsync();
            Uri target = Resolve(request, from, location);
            request = request with { Address = target, Authorization = from.IsAt(target) ? request.Authorization : null };
            current = await SendAsync(RegistryEndpoint.Of(request.Address, from, options), request, silence, cancellationToken);
        }

        await current.DisposeAsync();
        throw new RegistryException(RegistryProblem.Protocol, line.Describe("stopped after 10 redirects"));
    }

    /// <summary>Where an answer sends us.</summary>
    /// <param name="from">Who answered.</param>
    /// <exception cref="RegistryException">Nowhere, or out of TLS into the clear.</exception>
    public Uri Resolve(RequestLine line, RegistryEndpoint from, string? location)
    {
        if (location is null || !Uri.TryCreate(line.Address, location, out Uri? to) || to.Scheme is not ("http" or "https"))
        {
            throw new RegistryException(RegistryProblem.Protocol, line.Describe("redirect without a usable Location"));
        }

        RegistryEndpoint target = RegistryEndpoint.Of(to, from, options);
        return from.IsTls && !target.IsTls && target.VerifyCertificate
            ? throw new RegistryException(RegistryProblem.Protocol, line.Describe("refusing a redirect from https to http"))
            : to;
    }
}
