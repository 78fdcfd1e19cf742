namespace Coracle.Runtime;

/// <summary>The container's process could not be made or could not be executed; nothing of it is left.</summary>
public sealed class LaunchFailedException : IOException
{
    public LaunchFailedException(LaunchFailureKind kind, string message)
        : base(message) => Kind = kind;

    public LaunchFailureKind Kind { get; }
}
