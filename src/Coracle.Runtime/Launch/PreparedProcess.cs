using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// A container's first process, complete but for its program: it waits before execve. <see cref="Release"/> it, or dispose of it and
/// it is gone. After the release it is the monitor's child to wait for.
/// </summary>
public sealed class PreparedProcess : IDisposable
{
    private readonly LaunchedChild _child;
    private readonly LaunchWords _words;

    internal PreparedProcess(LaunchedChild child, SafeFileHandle? terminal, LaunchWords words)
    {
        _child = child;
        _words = words;
        Terminal = terminal;
    }

    /// <summary>In the monitor's PID namespace.</summary>
    public int Pid => _child.Pid;

    /// <summary>poll answers readable when the process has ended. Closed by <see cref="Dispose"/>.</summary>
    public SafeFileHandle PidFd => _child.PidFd;

    /// <summary>The monitor's end of the terminal, with a tty; the caller's to close.</summary>
    public SafeFileHandle? Terminal { get; }

    /// <summary>Lets it execute, and answers when it has.</summary>
    /// <exception cref="LaunchFailedException">It could not; the process is gone and reaped.</exception>
    public void Release()
    {
        try
        {
            _child.Release();
        }
        catch (LaunchStepException failure)
        {
            _child.Dispose();
            throw _words.Explain(failure);
        }
    }

    public void Dispose() => _child.Dispose();
}
