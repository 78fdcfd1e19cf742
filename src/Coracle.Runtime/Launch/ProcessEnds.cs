using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The process's ends of its streams: closed by the monitor once the process has its own.</summary>
internal sealed class ProcessEnds(SafeFileHandle stdin, SafeFileHandle stdout, SafeFileHandle stderr) : IDisposable
{
    public SafeFileHandle Stdin { get; } = stdin;

    public SafeFileHandle Stdout { get; } = stdout;

    public SafeFileHandle Stderr { get; } = stderr;

    public void Dispose()
    {
        Stdin.Dispose();
        Stdout.Dispose();
        Stderr.Dispose();
    }
}
