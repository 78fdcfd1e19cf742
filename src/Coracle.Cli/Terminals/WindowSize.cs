using System.Runtime.InteropServices;
using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>Keeps the size of a container's terminal that of ours, until disposed.</summary>
internal sealed class WindowSize : IAsyncDisposable
{
    /// <summary>SIGWINCH by its number on Linux: .NET's own name for it is not on every system.</summary>
    private const int WindowChanged = 28;

    /// <summary>A program that has just been started has no terminal for a moment; after these it never will.</summary>
    private const int MostAttempts = 5;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    private readonly EngineClient _engine;
    private readonly string _target;
    private readonly PosixSignalRegistration _changes;
    private readonly Lock _turn = new();
    private Task _sending = Task.CompletedTask;

    private WindowSize(EngineClient engine, string target)
    {
        _engine = engine;
        _target = target;
        _changes = PosixSignalRegistration.Create((PosixSignal)WindowChanged, _ => Send());
    }

    /// <param name="target"><c>/containers/ID</c> or <c>/exec/ID</c>, which must be running.</param>
    public static WindowSize Follow(EngineClient engine, string target)
    {
        WindowSize size = new(engine, target);
        size.Send();
        return size;
    }

    /// <summary>A size that is no longer true, so that a shell draws its prompt again when the true one follows.</summary>
    public static async Task DisturbAsync(EngineClient engine, string target)
    {
        if (Current is TerminalSize size)
        {
            await ResizeAsync(engine, target, new TerminalSize(size.Rows + 1, size.Columns + 1));
        }
    }

    /// <summary>Of our terminal; null where there is none or it does not know.</summary>
    public static TerminalSize? Current => Terminal.SizeOf(Terminal.StandardOutput) is { Rows: > 0, Columns: > 0 } size ? size : null;

    public async ValueTask DisposeAsync()
    {
        _changes.Dispose();
        Task sending;
        lock (_turn)
        {
            sending = _sending;
        }

        await sending;
    }

    private void Send()
    {
        lock (_turn)
        {
            _sending = SendAfterAsync(_sending);
        }
    }

    private async Task SendAfterAsync(Task before)
    {
        await before;
        if (Current is TerminalSize size)
        {
            await ResizeAsync(_engine, _target, size);
        }
    }

    private static async Task ResizeAsync(EngineClient engine, string target, TerminalSize size)
    {
        for (int attempt = 1; attempt <= MostAttempts; attempt++)
        {
            try
            {
                await engine.DoAsync("POST", $"{target}/resize?h={size.Rows}&w={size.Columns}", CancellationToken.None);
                return;
            }
            catch (EngineRefusedException)
            {
                // Its program is not there yet, or no longer: nobody looks at its window.
                await Task.Delay(_pause * attempt);
            }
            catch (Exception gone) when (gone is CliException or IOException)
            {
                return;
            }
        }
    }
}
