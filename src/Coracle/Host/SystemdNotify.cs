using System.Net.Sockets;
using System.Text;

namespace Coracle;

/// <summary>sd_notify(3): one datagram. Nothing happens outside of systemd.</summary>
internal static class SystemdNotify
{
    /// <param name="address">A path, or a name that begins with @ in the abstract namespace; null says nothing.</param>
    public static void Say(string? address, string state)
    {
        if (address is null)
        {
            return;
        }

        string name = address.StartsWith('@') ? "\0" + address[1..] : address;
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(name));
        }
        catch (SocketException)
        {
            // Whoever started us does not listen any more; that is no reason not to run.
        }
    }
}
