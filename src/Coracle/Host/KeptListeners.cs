using System.Net.Sockets;
using Coracle.Linux;
using Coracle.Runtime;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Coracle;

/// <summary>
/// The API's listeners beyond one engine. The keeper has duplicates of them from the moment on at which there is one; an engine that is killed
/// leaves them there, with the clients that wait in them and, of a unix socket, the very file that containers have mounted.
/// </summary>
/// <param name="keeper">Owned by the caller.</param>
internal sealed class KeptListeners(Keeper keeper, ILogger logger) : IAsyncDisposable
{
    private const string Prefix = "listener ";

    private readonly HashSet<string> _found = [];
    private readonly List<string> _ours = [];

    /// <summary>What an earlier engine left. Those at other addresses than these are closed: they could be in the way.</summary>
    public async Task FindAsync(IReadOnlyList<ListenAddress> addresses)
    {
        HashSet<string> wanted = [.. addresses.Select(NameOf).OfType<string>()];
        await TryAsync(async () =>
        {
            KeeperHoldings? held = await keeper.FindAsync(CancellationToken.None);
            foreach (string name in held?.Kept.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)) ?? [])
            {
                if (wanted.Contains(name))
                {
                    _found.Add(name);
                }
                else
                {
                    await keeper.DropAsync(name, CancellationToken.None);
                }
            }
        });
    }

    /// <param name="bind">Where none was left.</param>
    /// <returns>Listening. The next engine will find it, if this one is killed while there is a keeper.</returns>
    public async Task<Socket> OpenAsync(ListenAddress address, Func<Socket> bind)
    {
        if (NameOf(address) is { } kept && _found.Remove(kept) && await FetchAsync(kept) is { } socket)
        {
            _ours.Add(kept);
            return socket;
        }

        Socket bound = bind();
        if (NameOf(address) is { } name)
        {
            _ours.Add(name);
            using SafeFileHandle handle = LocalMessages.Duplicate(bound.SafeHandle);
            await TryAsync(() => keeper.KeepOnceStartedAsync(name, [handle], CancellationToken.None));
        }

        return bound;
    }

    /// <summary>They are this engine's alone again. Before it stops to accept: nobody is to wait in a socket for an engine that nobody starts.</summary>
    public async Task TakeBackAsync()
    {
        foreach (string name in _ours)
        {
            await TryAsync(() => keeper.DropAsync(name, CancellationToken.None));
        }

        _ours.Clear();
    }

    public async ValueTask DisposeAsync() => await TakeBackAsync();

    /// <summary>Of a unix socket with the file's identity: one that somebody has removed or replaced leads nobody to its listener any more.</summary>
    /// <returns>Null for an address without a file, and for systemd's sockets, which systemd keeps.</returns>
    private static string? NameOf(ListenAddress address) => address switch
    {
        ListenAddress.Tcp => Prefix + address,
        ListenAddress.Unix unix when KernelFile.TryStat(unix.Path, out FileStatus file) && file.Kind == FileKind.Socket
            => $"{Prefix}{address} {file.Device:x}:{file.Inode}",
        _ => null,
    };

    private async Task<Socket?> FetchAsync(string name)
    {
        SafeFileHandle[] handles = [];
        await TryAsync(async () => handles = await keeper.FetchAsync(name, CancellationToken.None));
        if (handles is [SafeFileHandle only])
        {
            return UnixSockets.AsSocket(only);
        }

        Array.ForEach(handles, handle => handle.Dispose());
        return null;
    }

    /// <summary>Without the keeper the API is as it is without this class.</summary>
    private async Task TryAsync(Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or InvalidDataException)
        {
            Log.ListenerNotKept(logger, failure);
        }
    }
}
