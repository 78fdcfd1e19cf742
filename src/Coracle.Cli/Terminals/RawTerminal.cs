using System.Runtime.InteropServices;
using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>The person's terminal while a program in a container has it: raw, and put back however this process ends.</summary>
internal sealed class RawTerminal : IDisposable
{
    /// <summary>What ends us: the terminal is put back first, then the signal has its way.</summary>
    private static readonly PosixSignal[] _deadly = [PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM];

    private readonly TerminalMode _before = Terminal.MakeRaw(Terminal.StandardInput);
    private readonly PosixSignalRegistration[] _signals;

    public RawTerminal()
    {
        AppDomain.CurrentDomain.UnhandledException += Restore;
        _signals = Array.ConvertAll(_deadly, signal => PosixSignalRegistration.Create(signal, _ => _before.Restore()));
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= Restore;
        Array.ForEach(_signals, signal => signal.Dispose());
        _before.Restore();
    }

    private void Restore(object sender, UnhandledExceptionEventArgs bug) => _before.Restore();
}
