namespace Coracle.Registry;

/// <summary>What kind of trouble a registry made; decides whether asking again may help and what the engine answers.</summary>
public enum RegistryProblem
{
    /// <summary>No such manifest, no such repository, or no right to know: registries do not tell these apart.</summary>
    NotFound,

    Unauthorized,

    /// <summary>The registry asks for patience (429, <c>toomanyrequests</c>).</summary>
    TooManyRequests,

    /// <summary>Nobody answered, or the connection broke.</summary>
    Unreachable,

    /// <summary>Its certificate is not to be trusted, or ours cannot be read: asking again changes nothing.</summary>
    Certificates,

    /// <summary>There is nothing from the asked byte on (416).</summary>
    NoSuchRange,

    /// <summary>It is ours: what was to be sent cannot be read, and asking again changes nothing.</summary>
    Unreadable,

    /// <summary>It answered what the distribution specification does not allow.</summary>
    Protocol,
}

/// <summary>The registry failed us. The message is for the user, in Docker's words.</summary>
public sealed class RegistryException(RegistryProblem problem, string message, Exception? inner = null) : IOException(message, inner)
{
    public RegistryProblem Problem => problem;

    /// <summary>How long the registry asks to be left alone (Retry-After), where it says.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A broken connection or an overloaded server; the same request may succeed in a moment.</summary>
    public bool IsTemporary => problem is RegistryProblem.Unreachable or RegistryProblem.TooManyRequests;
}
