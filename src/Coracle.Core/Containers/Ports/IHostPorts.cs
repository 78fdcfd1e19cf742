using Coracle.Linux;

namespace Coracle.Core;

/// <summary>
/// Who holds ports of the host by their sockets, so that no other program can take them: the keeper. Made for one container, whose end it
/// sees by itself: what it holds for a process that is gone, it lets go.
/// </summary>
public interface IHostPorts
{
    /// <summary>Takes all of them, or none.</summary>
    /// <returns>The first that could not be had, and the kernel's reason; null when all are held.</returns>
    Task<HostPortRefusal?> HoldAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken);

    /// <summary>What is not held is no error.</summary>
    Task LetGoAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken);
}

/// <param name="Error"><c>EADDRINUSE</c>: another program has it; <c>EADDRNOTAVAIL</c>: the address is not the host's.</param>
public sealed record HostPortRefusal(PortMapping Port, Errno Error);
