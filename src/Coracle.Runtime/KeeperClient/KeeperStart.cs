using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>Finds the keeper that lives, or starts one. That there is one at most is an flock that it holds, handed to it already locked.</summary>
/// <param name="resolvConf">The host's.</param>
internal sealed class KeeperStart(RuntimeOptions options, string resolvConf)
{
    /// <summary>For one that is just starting, or just leaving.</summary>
    private const long FindLimit = 5_000;

    private static readonly TimeSpan _findInterval = TimeSpan.FromMilliseconds(10);

    private readonly MonitorChildren _children = new();

    /// <summary>Where the program is started: tests have a thread in a network namespace of their own.</summary>
    public Func<Func<Socket?>, Task<Socket?>> Place { get; init; } = start => Task.Run(start, CancellationToken.None);

    /// <summary>Takes the exit status of one that has ended.</summary>
    public void Sweep() => _children.Sweep();

    /// <returns>Null when none lives.</returns>
    public async Task<KeeperConversation?> TryFindAsync(CancellationToken cancellationToken)
    {
        using DirectoryHandle directory = DirectoryHandle.CreateAndOpen(options.ExecRoot);
        long limit = Clock.MonotonicMilliseconds() + FindLimit;
        while (FlockHandle.IsHeld(directory, KeeperFiles.Lock))
        {
            try
            {
                Socket socket = UnixSockets.AsSocket(UnixSockets.ConnectForMessages(directory, KeeperFiles.Socket));
                return await KeeperConversation.OpenAsync(socket, cancellationToken);
            }
            catch (IOException) when (Clock.MonotonicMilliseconds() < limit)
            {
                await Task.Delay(_findInterval, cancellationToken); // it has not bound its socket yet, or is just leaving
            }
        }

        return null;
    }

    /// <returns>Null when another one lives by now.</returns>
    /// <exception cref="IOException">It could not be started.</exception>
    public async Task<KeeperConversation?> TryStartAsync(CancellationToken cancellationToken)
    {
        _children.Sweep();
        Socket? socket = await Place(TryStart);
        return socket is null ? null : await KeeperConversation.OpenAsync(socket, cancellationToken);
    }

    private Socket? TryStart()
    {
        using DirectoryHandle directory = DirectoryHandle.CreateAndOpen(options.ExecRoot);
        if (!FlockHandle.TryTake(directory, KeeperFiles.Lock, out FlockHandle? held))
        {
            return null;
        }

        using (held)
        {
            LocalMessages.CreatePair(out Descriptor ours, out Descriptor theirs);
            Socket socket = UnixSockets.AsSocket(ours.ToHandle());
            using SafeFileHandle other = theirs.ToHandle();
            try
            {
                int pid = Spawn.Start(
                    options.Program.File,
                    [MonitorProgram.Name, KeeperProcess.Role, "{0}", "{1}", "{2}", resolvConf],
                    [directory, held.File, other]);
                _children.Add(pid);
                options.Cgroups.SetApart(pid);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
