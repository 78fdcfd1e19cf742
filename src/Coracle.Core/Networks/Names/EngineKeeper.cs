using Coracle.Linux;
using Coracle.Networking;
using Coracle.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>The engine's keeper, with what is opened for it on the way: processes by their numbers, sockets inside of sandboxes.</summary>
/// <param name="keeper">Owned by the caller.</param>
public sealed class EngineKeeper(Keeper keeper) : IKeeper
{
    public Task<KeeperHoldings?> FindAsync(CancellationToken cancellationToken) => keeper.FindAsync(cancellationToken);

    public async Task AttendAsync(string container, int pid, CancellationToken cancellationToken)
    {
        SafeFileHandle process;
        try
        {
            process = PidFd.Open(pid);
        }
        catch (LinuxException gone) when (gone.Errno == Errno.ESRCH)
        {
            await keeper.ReleaseAsync(container, cancellationToken);
            return;
        }

        using (process)
        {
            await keeper.AttendAsync(container, process, cancellationToken);
        }
    }

    public async Task HoldAsync(string container, PortHold port, CancellationToken cancellationToken)
        => _ = await keeper.HoldAsync(container, port, cancellationToken);

    public Task ReleasePortAsync(string container, PortHold port, CancellationToken cancellationToken)
        => keeper.ReleasePortAsync(container, port, cancellationToken);

    public Task ReleaseAsync(string container, CancellationToken cancellationToken) => keeper.ReleaseAsync(container, cancellationToken);

    public Task PushTableAsync(string key, byte[] record, CancellationToken cancellationToken) => keeper.PushTableAsync(key, record, cancellationToken);

    public Task ForgetTableAsync(string key, CancellationToken cancellationToken) => keeper.ForgetTableAsync(key, cancellationToken);

    public async Task ServeAsync(string container, int pid, ResolverSettings settings, CancellationToken cancellationToken)
    {
        using SafeFileHandle space = SandboxJoin.OpenSpace(pid);
        using ResolverSockets sockets = ResolverSockets.Open(space);
        using SafeFileHandle datagrams = LocalMessages.Duplicate(sockets.Udp.SafeHandle);
        using SafeFileHandle streams = LocalMessages.Duplicate(sockets.Tcp.SafeHandle);

        // Before the sockets, which keep the sandbox's namespace: whatever comes, they go with the process.
        await AttendAsync(container, pid, cancellationToken);
        await keeper.ServeAsync(container, datagrams, streams, settings, cancellationToken);
    }

    public Task ChangeAsync(string container, ResolverSettings settings, CancellationToken cancellationToken)
        => keeper.ChangeAsync(container, settings, cancellationToken);
}
