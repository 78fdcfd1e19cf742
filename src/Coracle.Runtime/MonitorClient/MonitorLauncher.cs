using Microsoft.Extensions.Logging;

namespace Coracle.Runtime;

/// <summary>Starts monitors, finds those that an earlier engine started, and reads what they left.</summary>
/// <remarks>
/// Liveness of a monitor is an flock that it holds; identity is the peer credential of its socket with a pidfd. A pid is never
/// stored. Files of one container, in <c>exec-root/containers/&lt;id&gt;</c>: <c>launch</c>, <c>lock</c>, <c>s</c>, <c>exit</c>.
/// </remarks>
public sealed class MonitorLauncher(RuntimeOptions options, ILogger logger)
{
    private readonly RuntimeOptions _options = options;
    private readonly ILogger _logger = logger;

    /// <summary>Makes the container's process and leaves it waiting before its <c>execve</c>.</summary>
    /// <exception cref="LaunchFailedException">It could not be made; nothing of it is left.</exception>
    public Task<ContainerTask> CreateAsync(LaunchSpec spec, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>
    /// Connects to the monitor that an earlier engine started. Null when there is no live one: then <see cref="TryReadExit"/>
    /// says how it ended (processes that a dead monitor left behind have been killed, and the record says so).
    /// </summary>
    public Task<ContainerTask?> FindAsync(string containerId, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>How the container's last run ended, or null when it did not run since <see cref="Forget"/> or the last boot.</summary>
    public ExitRecord? TryReadExit(string containerId) => throw new NotSupportedException();

    /// <summary>Removes what is left in exec-root once the exit is recorded elsewhere. Nothing happens if there is nothing.</summary>
    public void Forget(string containerId) => throw new NotSupportedException();
}
