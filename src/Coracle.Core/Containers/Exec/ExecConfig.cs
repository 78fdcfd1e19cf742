namespace Coracle.Core;

/// <summary>What is to be executed in a container: POST /containers/{id}/exec, checked.</summary>
public sealed record ExecConfig
{
    /// <summary>At least the program.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>NAME=value, on top of the container's own; a bare NAME takes one away.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>As given; empty takes the container's.</summary>
    public string User { get; init; } = "";

    /// <summary>As given; empty takes the container's.</summary>
    public string WorkingDirectory { get; init; } = "";

    public bool Tty { get; init; }

    /// <summary>Every capability that this engine can give; the filter stays, as with Docker.</summary>
    public bool Privileged { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; }

    public bool AttachStderr { get; init; }

    /// <summary>As given (<c>ctrl-p,ctrl-q</c>); empty is the default.</summary>
    public string DetachKeys { get; init; } = "";

    /// <summary>Rows and columns of the client's terminal; zeros when it did not say.</summary>
    public (int Height, int Width) ConsoleSize { get; init; }
}
