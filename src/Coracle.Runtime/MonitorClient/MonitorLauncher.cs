using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>Starts monitors, finds those that an earlier engine started, and reads what they left.</summary>
/// <remarks>
/// Liveness of a monitor is an flock that it holds, handed to it already locked, so that there is no moment in which a living one
/// looks dead. A pid is never stored. Files of one container, in <c>exec-root/containers/&lt;id&gt;</c>: <see cref="MonitorFiles"/>.
/// </remarks>
public sealed class MonitorLauncher(RuntimeOptions options, ILogger logger)
{
    /// <summary>For a monitor that is just being started by an engine that was killed meanwhile.</summary>
    private static readonly TimeSpan _findLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _findInterval = TimeSpan.FromMilliseconds(20);

    private readonly MonitorChildren _children = new();

    /// <summary>Takes the exit status of monitors that ended unwatched; every other verb here does it too.</summary>
    internal void Sweep() => _children.Sweep();

    /// <summary>Makes the container's process and leaves it waiting before its <c>execve</c>.</summary>
    /// <exception cref="LaunchFailedException">It could not be made; nothing of it is left.</exception>
    /// <exception cref="MonitorSilentException">It lives and says nothing; it is killed.</exception>
    /// <exception cref="IOException">The monitor could not be started, or one of this container lives.</exception>
    public async Task<ContainerTask> CreateAsync(LaunchSpec spec, CancellationToken cancellationToken)
    {
        _children.Sweep();
        (DirectoryHandle directory, Socket socket, int pid) = await Task.Run(() => Begin(spec), CancellationToken.None);
        _children.Add(pid);
        MonitorConnection? connection = null;
        try
        {
            connection = await MonitorConnection.OpenAsync(socket, cancellationToken);
            Log.MonitorStarted(logger, spec.ContainerId, pid, connection.Version);
#if MONITOR_PROTOCOL_NEXT
            await MeetAsync(spec.ContainerId, connection, cancellationToken);
#endif
            MonitorState state = MonitorAnswers.State(await connection.AskAsync(MonitorOperation.Create, default, cancellationToken));
            await Task.Run(() => options.Cgroups.Complete(spec.Resources, state.Pid, pid), CancellationToken.None);
            return new ContainerTask(spec.ContainerId, connection, directory, state, end => _children.ReapAsync(pid, end));
        }
        catch
        {
            // Without a connection it takes down what it has made and ends.
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            await _children.ReapAsync(pid, MonitorEnd.Ordered);
            await Task.Run(() => LostMonitor.Settle(directory), CancellationToken.None); // one that was killed has taken nothing down
            directory.Dispose();
            Forget(spec.ContainerId);
            throw;
        }
    }

    /// <summary>
    /// Connects to the monitor that an earlier engine started. Null when there is no live one: then <see cref="TryReadExit"/>
    /// says how it ended (processes that a dead monitor left behind have been killed, and the record says so).
    /// </summary>
    /// <exception cref="MonitorSilentException">One lives and says nothing: whether its process runs cannot be known now.</exception>
    public async Task<ContainerTask?> FindAsync(string containerId, CancellationToken cancellationToken)
    {
        _children.Sweep();
        if (!TryOpen(containerId, out DirectoryHandle? directory))
        {
            return null;
        }

        ContainerTask? task = null;
        try
        {
            MonitorConnection? connection = await TryConnectAsync(directory, cancellationToken);
            task = connection is null ? null : await TakeOverAsync(containerId, directory, connection, cancellationToken);
            if (task is null)
            {
                ExitRecord? left = await Task.Run(() => LostMonitor.Settle(directory), CancellationToken.None);
                Log.MonitorGone(logger, containerId, left?.ExitCode ?? 0, left?.MonitorLost ?? false);
            }

            return task;
        }
        finally
        {
            if (task is null)
            {
                directory.Dispose();
            }
        }
    }

    /// <summary>How the container's last run ended, or null when it did not run since <see cref="Forget"/> or the last boot.</summary>
    public ExitRecord? TryReadExit(string containerId)
    {
        if (!TryOpen(containerId, out DirectoryHandle? directory))
        {
            return null;
        }

        using (directory)
        {
            return ExitRecordFile.TryRead(directory);
        }
    }

    /// <summary>Removes what is left in exec-root once the exit is recorded elsewhere. Nothing happens if there is nothing.</summary>
    public void Forget(string containerId)
    {
        _children.Sweep();
        using DirectoryHandle containers = OpenContainers();
        options.Cgroups.Forget(containerId);
        _ = containers.RemoveTree(containerId);
    }

    private DirectoryHandle OpenContainers() => DirectoryHandle.CreateAndOpen($"{options.ExecRoot}/{MonitorFiles.Containers}");

    private bool TryOpen(string containerId, [NotNullWhen(true)] out DirectoryHandle? directory)
    {
        using DirectoryHandle containers = OpenContainers();
        return containers.TryOpenDirectory(containerId, out directory);
    }

    private (DirectoryHandle Directory, Socket Socket, int Pid) Begin(LaunchSpec spec)
    {
        using DirectoryHandle containers = OpenContainers();
        DirectoryHandle directory = MakeDirectory(containers, spec.ContainerId);
        try
        {
            using (SafeFileHandle launch = directory.CreateNew(MonitorFiles.Launch))
            {
                RandomAccess.Write(launch, LaunchSpecCodec.Encode(spec), fileOffset: 0);
            }

            Descriptor.CreateSocketPair(out Descriptor ours, out Descriptor theirs);
            Socket socket = UnixSockets.AsSocket(ours.ToHandle());
            using SafeFileHandle other = theirs.ToHandle();
            return (directory, socket, StartProgram(spec.ContainerId, directory, other));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A fresh one. That of an earlier run is removed even while its monitor still serves a client that reads slowly: it works on
    /// descriptors. Only a monitor that has not told its exit yet stands in the way.
    /// </summary>
    private static DirectoryHandle MakeDirectory(DirectoryHandle containers, string containerId)
    {
        if (containers.TryOpenDirectory(containerId, out DirectoryHandle? old))
        {
            using (old)
            {
                if (!old.Exists(MonitorFiles.Exit) && FlockHandle.IsHeld(old, MonitorFiles.Lock))
                {
                    throw new LinuxException("flock", $"{old}/{MonitorFiles.Lock}", Errno.EBUSY);
                }
            }

            _ = containers.RemoveTree(containerId);
        }

        return containers.CreateDirectory(containerId);
    }

    private int StartProgram(string containerId, DirectoryHandle directory, SafeFileHandle connection)
    {
        if (!FlockHandle.TryTake(directory, MonitorFiles.Lock, out FlockHandle? held))
        {
            throw new LinuxException("flock", $"{directory}/{MonitorFiles.Lock}", Errno.EBUSY);
        }

        using (held)
        {
            return Spawn.Start(
                options.Program.File, [MonitorProgram.Name, containerId, "{0}", "{1}", "{2}"], [directory, held.File, connection]);
        }
    }

#if MONITOR_PROTOCOL_NEXT
    /// <summary>What only the version to come has: asked of those that speak it.</summary>
    private async Task MeetAsync(string containerId, MonitorConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Version >= MonitorProtocol.DescribeVersion)
        {
            byte[] answer = await connection.AskAsync(MonitorOperation.Describe, default, cancellationToken);
            Log.MonitorDescribed(logger, containerId, MonitorAnswers.Text(answer));
        }
    }
#endif

    private static async Task<MonitorConnection?> TryConnectAsync(DirectoryHandle directory, CancellationToken cancellationToken)
    {
        long limit = Clock.MonotonicMilliseconds() + (long)_findLimit.TotalMilliseconds;
        while (FlockHandle.IsHeld(directory, MonitorFiles.Lock))
        {
            try
            {
                return await MonitorDoor.ConnectAsync(directory, cancellationToken);
            }
            catch (LinuxException crowded) when (crowded.Errno == Errno.EAGAIN)
            {
                throw new MonitorSilentException(MonitorPatience.Usual); // the knocks of many earlier attempts are unheard
            }
            catch (IOException) when (Clock.MonotonicMilliseconds() < limit)
            {
                await Task.Delay(_findInterval, cancellationToken); // it has not bound its socket yet, or is just leaving
            }
        }

        return null;
    }

    /// <returns>Null when it had not started its process: an engine died between create and start, so nothing has run.</returns>
    private async Task<ContainerTask?> TakeOverAsync(
        string containerId, DirectoryHandle directory, MonitorConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            MonitorState state = MonitorAnswers.State(await connection.AskAsync(MonitorOperation.State, default, cancellationToken));
            if (state.Phase is MonitorPhase.Running or MonitorPhase.Ended)
            {
                Log.MonitorFound(logger, containerId, state.Pid, connection.Version);
#if MONITOR_PROTOCOL_NEXT
                await MeetAsync(containerId, connection, cancellationToken);
#endif
                return new ContainerTask(containerId, connection, directory, state, _ => Task.CompletedTask);
            }
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            // It ended while we asked.
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }
}
