using Coracle.Linux;
using Coracle.Networking;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// What sandboxes need of the keeper: <see cref="EngineKeeper"/> in the engine, a double in tests. What is held is held for a container, and
/// goes with the process that it was told to attend to.
/// </summary>
/// <remarks>Every verb may throw <see cref="IOException"/> (there is no keeper and none can be started) and <see cref="TimeoutException"/> (it is stopped).</remarks>
public interface IKeeper
{
    /// <summary>What it holds for us, or held for an earlier engine. None is started for the question.</summary>
    /// <returns>Null when there is none.</returns>
    Task<KeeperHoldings?> FindAsync(CancellationToken cancellationToken);

    /// <summary>What is held for the container goes with this process from here on. One that has ended has it released.</summary>
    Task AttendAsync(string container, int pid, CancellationToken cancellationToken);

    /// <exception cref="LinuxException">As the kernel said it.</exception>
    Task HoldAsync(string container, PortHold port, CancellationToken cancellationToken);

    /// <summary>One that is not held is no error.</summary>
    Task ReleasePortAsync(string container, PortHold port, CancellationToken cancellationToken);

    /// <summary>All that is held for it.</summary>
    Task ReleaseAsync(string container, CancellationToken cancellationToken);

    Task PushTableAsync(string key, byte[] record, CancellationToken cancellationToken);

    /// <summary>One that is not there is no error, and no reason to start a keeper.</summary>
    Task ForgetTableAsync(string key, CancellationToken cancellationToken);

    /// <summary>Opens the resolver's sockets in the process's network namespace and has them served; the keeper attends to the process.</summary>
    /// <exception cref="NetworkingException">The process has ended, or the sockets cannot be opened there.</exception>
    Task ServeAsync(string container, int pid, ResolverSettings settings, CancellationToken cancellationToken);

    /// <exception cref="LinuxException">ENOENT: it is not served.</exception>
    Task ChangeAsync(string container, ResolverSettings settings, CancellationToken cancellationToken);
}
