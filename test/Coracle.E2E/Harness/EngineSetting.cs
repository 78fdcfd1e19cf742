namespace Coracle.E2E;

/// <summary>How an engine of a test's own differs from the shared one.</summary>
/// <param name="Prepare">
/// Shell lines run before it starts, in a mount namespace that is the engine's alone: what they mount and export is seen by nobody
/// else and goes with it. <c>$ROOT</c> is the engine's directory.
/// </param>
/// <param name="Options">Flags after the harness's own.</param>
internal sealed record EngineSetting(string Prepare, params string[] Options)
{
    /// <summary>System calls that it and everything it starts shall not find: <see cref="CallMask"/>.</summary>
    public string MaskedCalls { get; init; } = "";

    /// <summary>Where it runs, and then with a default bridge and rules; without one it is in the machine's own namespace and leaves that alone.</summary>
    public string? NetworkNamespace { get; init; }
}
