using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Coracle.Http;
using Coracle.Linux;
using Coracle.Storage;

namespace Coracle;

/// <summary>The engine as a process: opens, says that it is ready, waits to be told to stop, closes. Containers go on either way.</summary>
internal static class Engine
{
    private const int Failed = 1;

    /// <summary>What images leave free: containers write logs, and the engine its records, on the same disk.</summary>
    private const long ReserveBytes = 4 * 1024 * 1024;

    public static async Task<int> RunAsync(EngineOptions options, StartEnvironment environment)
    {
        // systemd's sockets among them: a monitor that held one would keep it open after the engine, and clients would wait in it for ever.
        ThisProcess.CloseInheritedOnExec();
        EngineLog log = EngineLog.ToStandardError(options.LogLevel);
        foreach (string warning in options.Warnings)
        {
            Log.Warning(log, warning);
        }

        try
        {
            await ServeAsync(options, environment, log);
            return 0;
        }
        catch (Exception e) when (e is OptionsException or IOException)
        {
            await new StandardText(Terminal.StandardError).WriteLineAsync($"failed to start: {e.Message}");
            return Failed;
        }
    }

    private static async Task ServeAsync(EngineOptions options, StartEnvironment environment, EngineLog log)
    {
        Listeners.Require(options, environment);
        using Store store = Store.Open(new StorageOptions(options.DataRoot, ReserveBytes), TimeProvider.System, log);
        await using Composition composition = await Composition.CreateAsync(options, store, log);
        await using HttpServer server = new(new HttpServerOptions(), composition.Api.HandleAsync, log);
        using StopSignals stop = new();
        await using KeptListeners kept = new(composition.Keeper, log);

        List<Socket> listeners = await Listeners.OpenAsync(options, environment, kept, log);
        List<Task> accepting = [.. listeners.Select(server.AcceptAsync)];
        WritePidFile(options.PidFile);
        Log.Ready(log, Program.Version, options.DataRoot, string.Join(", ", options.Hosts));
        SystemdNotify.Say(environment.NotifySocket, $"MAINPID={Environment.ProcessId}\nREADY=1");
        ThisProcess.ForgetCode();

        await stop.Asked;
        Log.Stopping(log);
        SystemdNotify.Say(environment.NotifySocket, "STOPPING=1");
        await kept.TakeBackAsync();
        await server.StopAsync();
        await Task.WhenAll(accepting);
        RemovePidFile(options.PidFile);
    }

    private static void WritePidFile(string? path) => WithPidFile(path, (directory, name)
        => DurableFile.Replace(directory, name, Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"), mode: 0x1A4)); // 0644

    private static void RemovePidFile(string? path) => WithPidFile(path, (directory, name) => directory.RemoveIfPresent(name));

    private static void WithPidFile(string? path, Action<DirectoryHandle, string> act)
    {
        if (path is not null && path.LastIndexOf('/') is >= 0 and var slash)
        {
            using DirectoryHandle directory = DirectoryHandle.CreateAndOpen(slash == 0 ? "/" : path[..slash], mode: 0x1ED); // 0755
            act(directory, path[(slash + 1)..]);
        }
    }

    /// <summary>SIGTERM and SIGINT: the first asks us to stop, the second ends us as it always would.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<PosixSignalRegistration> _registrations = [];

        public StopSignals()
        {
            foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT])
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = _asked.TrySetResult()));
            }
        }

        public Task Asked => _asked.Task;

        public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
    }
}
