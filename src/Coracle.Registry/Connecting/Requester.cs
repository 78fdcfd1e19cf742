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
                    HttpClientResponse response = await connection.SendAsync(line.ToHttp(endpoint, options.Proxies.For(endpoint)), silence.Listen());
                    silence.Rest();
                    return new Exchange(pool, endpoint, connection, response);
                }
                catch (ConnectionLostException) when (isUsed && !silence.IsExpired)
                {
                    // Servers close idle connections when they like; a fresh one tells whether there is a real problem.
                }
            }
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
            request = Redirected(request, from, location);
            current = await SendAsync(RegistryEndpoint.Of(request.Address, from, options), request, silence, cancellationToken);
        }

        await current.DisposeAsync();
        throw new RegistryException(RegistryProblem.Protocol, line.Describe("stopped after 10 redirects"));
    }

    private RequestLine Redirected(RequestLine line, RegistryEndpoint from, string? location)
    {
        if (location is null || !Uri.TryCreate(line.Address, location, out Uri? to) || to.Scheme is not ("http" or "https"))
        {
            throw new RegistryException(RegistryProblem.Protocol, line.Describe("redirect without a usable Location"));
        }

        RegistryEndpoint target = RegistryEndpoint.Of(to, from, options);
        if (from.IsTls && !target.IsTls && target.VerifyCertificate)
        {
            throw new RegistryException(RegistryProblem.Protocol, line.Describe("refusing a redirect from https to http"));
        }

        bool isSameHost = target.Host == from.Host && target.Port == from.Port && target.IsTls == from.IsTls;
        return line with { Address = to, Authorization = isSameHost ? line.Authorization : null };
    }
}
