using System.Net;
using System.Net.Sockets;
using Coracle.Dns;

namespace Coracle.Registry;

/// <summary>
/// Connects to the first of a host's addresses that answers. They are tried in order, each with a head start on the next, so that
/// an address that leads nowhere costs a moment and not the whole time.
/// </summary>
/// <remarks>RFC 8305 ("happy eyeballs"), without its sorting: the resolver's order is kept.</remarks>
internal sealed class Dialer(StubResolver resolver, TimeProvider time)
{
    /// <summary>Go's, and within what RFC 8305 section 5 recommends.</summary>
    private static readonly TimeSpan _headStart = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Bytes that may wait in the kernel for a connection, which doubles the number: come over the link, and lost when the power fails. It would let 6 MB of
    /// each of three downloads wait for a processor or a disk that is busy (a delta's kill then cost up to 2.4 MB, where 2 MiB is the promise), except on a
    /// board of 64 MB, where it takes 512 KiB as well. 5 MB/s for each connection at a round trip of 100 ms, 26 at 20 ms.
    /// </summary>
    private const int ReceiveRoom = 256 * 1024;

    /// <exception cref="RegistryException">None of them; the message is about the first.</exception>
    /// <exception cref="NameResolutionException">There are none.</exception>
    public async Task<Socket> DialAsync(string host, int port, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> addresses = await resolver.ResolveAsync(host, cancellationToken);
        using CancellationTokenSource race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<Attempt>> running = [];
        RegistryException? failure = null;
        Socket? winner = null;
        try
        {
            for (int next = 0; winner is null && (next < addresses.Count || running.Count > 0);)
            {
                if (next < addresses.Count)
                {
                    running.Add(TryAsync(new IPEndPoint(addresses[next++], port), race.Token));
                }

                Attempt? ended = await FirstAsync(running, waitForIt: next == addresses.Count, race.Token);
                winner = ended?.Socket;
                // The first failure is the one worth showing: later addresses are often a family this host does not have.
                failure ??= ended?.Failure;
            }
        }
        finally
        {
            await race.CancelAsync();
            await CloseAsync(running);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return winner ?? throw failure ?? new RegistryException(RegistryProblem.Unreachable, $"dial tcp: lookup {host}: no such host");
    }

    /// <summary>The first attempt that ends, taken out of the list; null when the head start is over first.</summary>
    private async Task<Attempt?> FirstAsync(List<Task<Attempt>> running, bool waitForIt, CancellationToken cancellationToken)
    {
        Task<Task<Attempt>> first = Task.WhenAny(running);
        if (!waitForIt)
        {
            await Task.WhenAny(first, Task.Delay(_headStart, time, cancellationToken));
            if (!first.IsCompleted)
            {
                return null;
            }
        }

        Task<Attempt> ended = await first;
        running.Remove(ended);
        return await ended;
    }

    /// <summary>Never fails: what went wrong is in the attempt.</summary>
    private static async Task<Attempt> TryAsync(IPEndPoint remote, CancellationToken cancellationToken)
    {
        Socket socket = new(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = ReceiveRoom };
        try
        {
            await socket.ConnectAsync(remote, cancellationToken);
            return new Attempt(socket, null);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            return new Attempt(null, new RegistryException(RegistryProblem.Unreachable, $"dial tcp {remote}: connect: {InGosWords(error)}", error));
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            return new Attempt(null, null);
        }
    }

    /// <summary>The losers of the race: one may have connected at the last moment.</summary>
    private static async Task CloseAsync(List<Task<Attempt>> running)
    {
        foreach (Task<Attempt> attempt in running)
        {
            (await attempt).Socket?.Dispose();
        }
    }

    private static string InGosWords(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.HostUnreachable => "no route to host",
        SocketError.TimedOut => "connection timed out",
        SocketError.ConnectionReset => "connection reset by peer",
        _ => error.Message,
    };

    private sealed record Attempt(Socket? Socket, RegistryException? Failure);
}
