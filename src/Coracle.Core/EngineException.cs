namespace Coracle.Core;

/// <summary>Why a well-understood request is refused. <c>Api/ApiErrors</c> is the only place that knows the HTTP status of each.</summary>
public enum Refusal
{
    InvalidArgument,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    NotImplemented,
    Unavailable,

    /// <summary>The engine tried and the world said no (a failed start, a broken registry): Docker answers 500.</summary>
    Failed,
}

/// <summary>"Understood, refused": the message is for the client, in Docker's exact words where clients parse them.</summary>
public sealed class EngineException : Exception
{
    public EngineException(Refusal refusal, string message, Exception? inner = null)
        : base(message, inner) => Refusal = refusal;

    public Refusal Refusal { get; }
}
