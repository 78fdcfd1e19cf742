using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// The interfaces, addresses, routes and neighbours of one network namespace (rtnetlink). Each verb is one message and is done when it
/// returns; its failure is a <see cref="LinuxException"/> with the message's name, what it was about and the kernel's words.
/// </summary>
/// <remarks>For one thread at a time.</remarks>
public sealed partial class RouteSocket : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly NetlinkWriter _writer = new();
    private readonly Func<NetlinkWriter, NetlinkResult> _send;

    private RouteSocket(NetlinkSocket socket)
        : this(socket, socket.TrySend)
    {
    }

    private RouteSocket(NetlinkSocket socket, Func<NetlinkWriter, NetlinkResult> send) => (_socket, _send) = (socket, send);

    /// <summary>For tests of what is said: orders only, no questions.</summary>
    internal RouteSocket(Func<NetlinkWriter, NetlinkResult> send)
        : this(null!, send)
    {
    }

    /// <summary>For tests of what follows when the kernel says no: each order is asked about first, and not given unless the answer is None.</summary>
    /// <param name="space">Null: of the calling thread's network namespace.</param>
    internal static RouteSocket OpenRefused(SafeFileHandle? space, Func<Errno> refuse)
    {
        NetlinkSocket socket = space is null ? NetlinkSocket.Open(NetlinkProtocol.Route) : NetlinkSocket.OpenIn(space, NetlinkProtocol.Route);
        return new RouteSocket(socket, order => refuse() is var errno and not Errno.None ? NetlinkResult.Refusal(errno) : socket.TrySend(order));
    }

    /// <summary>Of the calling thread's network namespace.</summary>
    public static RouteSocket Open() => new(NetlinkSocket.Open(NetlinkProtocol.Route));

    /// <inheritdoc cref="NetlinkSocket.OpenIn"/>
    public static RouteSocket OpenIn(SafeFileHandle space) => new(NetlinkSocket.OpenIn(space, NetlinkProtocol.Route));

    public void Dispose() => _socket?.Dispose();

    private void Begin<T>(int type, NetlinkFlags flags, in T body)
        where T : unmanaged
    {
        _writer.Clear();
        _writer.Begin(type, flags);
        _writer.Body(in body);
    }

    private void Send(string call, string subject) => _send(_writer).ThrowIfFailed(call, subject);

    /// <returns>False when the kernel's answer is one of the two, which both mean that nothing was to be done.</returns>
    private bool SendUnless(string call, string subject, Errno idle, Errno alsoIdle = Errno.None)
    {
        NetlinkResult result = _send(_writer);
        if (!result.Succeeded && (result.Errno == idle || result.Errno == alsoIdle))
        {
            return false;
        }

        result.ThrowIfFailed(call, subject);
        return true;
    }

    /// <summary>Said only when it is not 0.</summary>
    private void Number(int type, int value)
    {
        if (value != 0)
        {
            _writer.U32(type, (uint)value);
        }
    }

    private void Attribute(int type, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out int length);
        _writer.Attribute(type, bytes[..length]);
    }

    private void Attribute(int type, MacAddress address)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Length];
        address.CopyTo(bytes);
        _writer.Attribute(type, bytes);
    }

    internal static byte FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? (byte)Abi.AF_INET6 : (byte)Abi.AF_INET;

    private static byte FamilyOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => Abi.AF_INET,
        AddressFamily.InterNetworkV6 => Abi.AF_INET6,
        AddressFamily.Unspecified => Abi.AF_UNSPEC,
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    /// <summary>Of 4 or 16 bytes; EBADMSG for another length.</summary>
    internal static IPAddress ToAddress(in NetlinkAttribute attribute)
        => attribute.Value.Length is 4 or 16 ? new IPAddress(attribute.Value) : throw NetlinkReader.Malformed($"an address of {attribute.Value.Length} bytes");
}
