using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Called for each message of an answer.</summary>
/// <returns>Null: not wanted.</returns>
public delegate T? NetlinkParse<out T>(in NetlinkMessage message)
    where T : class;

/// <summary>
/// A conversation with one of the kernel's netlink subsystems. It belongs to the network namespace in which it was opened, for good:
/// whoever holds it configures that namespace from anywhere.
/// </summary>
/// <remarks>
/// The kernel works on a batch within sendmsg and has queued all answers when that returns, so nothing here waits for long; where it
/// has to, <see cref="LongestWait"/> ends it. A success is answered only to a message that asks (<see cref="NetlinkFlags.Acknowledge"/>),
/// a failure always. So a large batch asks on its last message at most: a thousand acknowledgements would overflow the socket.
/// For one thread at a time.
/// </remarks>
public sealed unsafe partial class NetlinkSocket : IDisposable
{
    /// <summary>Milliseconds until an answer that does not come is ETIMEDOUT. Far longer than any lock in the kernel is held.</summary>
    private const int LongestWait = 10_000;

    /// <summary>A dump that others change all the time is read again so often.</summary>
    private const int MostDumps = 32;

    /// <summary>The most that Linux puts into one datagram of a dump; longer single messages make the buffer grow.</summary>
    private const int UsualDatagram = 32 * 1024;

    /// <summary>Bytes. The kernel's usual 208 KiB are about 250 small answers or notifications.</summary>
    private const int ReceiveRoom = 1 << 20;

    /// <summary>Bytes. Linux's usual wmem_default, which a longer batch exceeds.</summary>
    private const int UsualSendRoom = 128 * 1024;

    private readonly SafeFileHandle _socket;
    private byte[] _received = new byte[UsualDatagram];
    private int _sendRoom = UsualSendRoom;
    private uint _sequence;

    private NetlinkSocket(SafeFileHandle socket, uint port) => (_socket, Port) = (socket, port);

    /// <summary>Our name among the namespace's netlink sockets; a notification says whose doing it was by it.</summary>
    public uint Port { get; }

    /// <summary>For a poll loop; readable when <see cref="TryReceive"/> has something.</summary>
    public SafeHandle Handle => _socket;

    /// <summary>In the network namespace of the calling thread.</summary>
    public static NetlinkSocket Open(NetlinkProtocol protocol)
    {
        int fd = LibC.socket(Abi.AF_NETLINK, Abi.SOCK_RAW | Abi.SOCK_CLOEXEC, (int)protocol);
        if (fd < 0)
        {
            throw LinuxException.FromLastError("socket", $"AF_NETLINK {protocol}");
        }

        var socket = new SafeFileHandle(fd, ownsHandle: true);
        try
        {
            // Each is younger than Linux 4.1 (4.3, 4.12, 4.20) or wants a capability: without them answers are longer, terser or unfiltered.
            _ = TrySet(fd, Abi.SOL_NETLINK, Abi.NETLINK_CAP_ACK, 1);
            _ = TrySet(fd, Abi.SOL_NETLINK, Abi.NETLINK_EXT_ACK, 1);
            _ = TrySet(fd, Abi.SOL_NETLINK, Abi.NETLINK_GET_STRICT_CHK, 1);
            _ = TrySet(fd, Abi.SOL_SOCKET, Abi.SO_RCVBUFFORCE, ReceiveRoom);
            return new NetlinkSocket(socket, Bind(fd));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>In another network namespace. The calling thread goes there and comes back.</summary>
    /// <param name="space">An open /proc/PID/ns/net (<see cref="NamespaceVisit.Open"/>).</param>
    public static NetlinkSocket OpenIn(SafeFileHandle space, NetlinkProtocol protocol)
    {
        using var visit = new NamespaceVisit();
        visit.Join(space, NamespaceKinds.Network);
        return Open(protocol);
    }

    /// <summary>Notifications of a multicast group come from now on; they are read by <see cref="TryReceive"/>.</summary>
    /// <param name="group">RTNLGRP_…, NFNLGRP_….</param>
    public void Join(int group)
    {
        using var self = new Borrowed(_socket);
        if (!TrySet(self.Fd, Abi.SOL_NETLINK, Abi.NETLINK_ADD_MEMBERSHIP, group))
        {
            throw LinuxException.FromLastError("setsockopt", $"netlink group {group}");
        }
    }

    /// <summary>Sends all messages as one batch and reads what the kernel says to them. The writer is left as it is.</summary>
    /// <param name="call">The C name of what is asked, and of what: for the exception.</param>
    /// <exception cref="LinuxException">The first refusal, with the kernel's words.</exception>
    public void Send(NetlinkWriter batch, string call, string subject)
    {
        NetlinkResult result = TrySend(batch);
        result.ThrowIfFailed(call, batch.Count == 1 ? subject : $"{subject} (message {result.Message + 1} of {batch.Count})");
    }

    /// <returns>The first refusal. EEXIST, ENOENT and ENODEV are often an answer and no failure.</returns>
    public NetlinkResult TrySend(NetlinkWriter batch)
    {
        NetlinkResult result = default;
        int awaited = Transmit(batch, out uint first);
        while (TryReceive(out ReadOnlySpan<byte> datagram) || (awaited > 0 && result.Succeeded && Wait()))
        {
            var reader = new NetlinkReader(datagram);
            while (reader.TryRead(out NetlinkMessage message))
            {
                uint index = message.Sequence - first;
                if (message.Type != Abi.NLMSG_ERROR || message.Port != Port || index >= batch.Count)
                {
                    continue;
                }

                awaited--;
                NetlinkResult one = NetlinkResult.Parse(message, (int)index);
                result = result.Succeeded ? one : result;
            }

            if (awaited == 0)
            {
                break;
            }
        }

        return result;
    }

    /// <summary>One question; a dump if its flags say so. A dump that was interrupted by a change is read again from the beginning.</summary>
    public List<T> Ask<T>(NetlinkWriter question, NetlinkParse<T> parse, string call, string subject)
        where T : class
    {
        List<T> answers = [];
        TryAsk(question, parse, answers).ThrowIfFailed(call, subject);
        return answers;
    }

    /// <inheritdoc cref="Ask"/>
    public NetlinkResult TryAsk<T>(NetlinkWriter question, NetlinkParse<T> parse, List<T> answers)
        where T : class
    {
        for (int turn = 0; turn < MostDumps; turn++)
        {
            answers.Clear();
            if (TryAskOnce(question, parse, answers, out NetlinkResult result))
            {
                return result;
            }
        }

        throw new LinuxException("netlink", $"a dump that changed {MostDumps} times", Errno.EAGAIN);
    }

    public void Dispose() => _socket.Dispose();

    /// <returns>False when the answer is not of one moment.</returns>
    private bool TryAskOnce<T>(NetlinkWriter question, NetlinkParse<T> parse, List<T> answers, out NetlinkResult result)
        where T : class
    {
        _ = Transmit(question, out uint sequence);
        bool isWhole = true, isOver = false;
        result = default;
        try
        {
            while (!isOver)
            {
                if (!TryReceive(out ReadOnlySpan<byte> datagram))
                {
                    Wait();
                    continue;
                }

                var reader = new NetlinkReader(datagram);
                while (!isOver && reader.TryRead(out NetlinkMessage message))
                {
                    if (message.Sequence != sequence || message.Port != Port)
                    {
                        continue;
                    }

                    isWhole &= (message.Flags & Abi.NLM_F_DUMP_INTR) == 0;
                    isOver = message.Type is Abi.NLMSG_ERROR or Abi.NLMSG_DONE;
                    if (isOver)
                    {
                        result = NetlinkResult.Parse(message, 0);
                    }
                    else if (message.Type >= Abi.NLMSG_MIN_TYPE && parse(message) is { } answer)
                    {
                        answers.Add(answer);
                    }
                }
            }
        }
        catch (LinuxException lost) when (lost.Errno == Errno.ENOBUFS)
        {
            isWhole = false;
        }
        finally
        {
            if (!isOver)
            {
                Drain(); // a dump that is not read to its end makes the next one EBUSY
            }
        }

        return isWhole;
    }
}
