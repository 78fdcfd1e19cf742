using Coracle.Http;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>A short answer, read to its end; of a refusal the beginning.</summary>
internal sealed class Answer(RequestLine line, Exchange exchange, byte[] body)
{
    /// <summary>What was asked, as it was worded first.</summary>
    public RequestLine Line => line;

    /// <summary>Who answered, after all redirects.</summary>
    public RegistryEndpoint Endpoint => exchange.Endpoint;

    /// <summary>Its head; there is nothing left to read.</summary>
    public HttpClientResponse Response => exchange.Response;

    public int Status => exchange.Response.Status;

    public byte[] Body => body;

    /// <exception cref="RegistryException">The refusal, in Docker's words.</exception>
    public void RequireSuccess(RegistrySession session)
    {
        if (!exchange.Response.IsSuccess)
        {
            throw session.RefusalOf(this);
        }
    }

    /// <summary>A registry that names the digest of what it has stored must name ours; it need not name any.</summary>
    /// <exception cref="RegistryException">It names another.</exception>
    public void RequireDigest(Digest sent)
    {
        if (exchange.Response.Headers["Docker-Content-Digest"] is { } stored && stored != sent.ToString())
        {
            throw new RegistryException(RegistryProblem.Protocol, $"the registry has stored another digest than {sent}");
        }
    }
}
