using System.Text;

namespace Coracle.Linux;

/// <summary>
/// What the kernel says when a device comes or goes: <c>add@/devices/…</c>, then NAME=VALUE, each ended by a NUL. It is no netlink
/// message inside; the datagram is the text.
/// </summary>
public sealed class DeviceEvent
{
    /// <summary>UEVENT_NUM_ENVP is 64 and UEVENT_BUFFER_SIZE 2048; more is not the kernel's.</summary>
    private const int MostValues = 128;

    private DeviceEvent(string action, string path) => (Action, Path) = (action, path);

    /// <summary>add, remove, change, move, online, offline, bind, unbind.</summary>
    public string Action { get; }

    /// <summary>Below /sys.</summary>
    public string Path { get; }

    /// <summary>net, block, …; empty when it was not said.</summary>
    public string Subsystem => TryGet("SUBSYSTEM") ?? "";

    /// <summary>In the kernel's order, name and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; private init; } = [];

    public string? TryGet(string name)
    {
        foreach (KeyValuePair<string, string> value in Values)
        {
            if (value.Key == name)
            {
                return value.Value;
            }
        }

        return null;
    }

    /// <exception cref="LinuxException">EBADMSG: not such a text.</exception>
    public static DeviceEvent Parse(ReadOnlySpan<byte> datagram)
    {
        ReadOnlySpan<byte> head = NextText(ref datagram);
        int at = head.IndexOf((byte)'@');
        if (at <= 0 || at + 1 == head.Length || head[at + 1] != '/')
        {
            throw NetlinkReader.Malformed("a uevent without an action and a path");
        }

        List<KeyValuePair<string, string>> values = [];
        while (!datagram.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextText(ref datagram);
            int equals = line.IndexOf((byte)'=');
            if (equals <= 0 || values.Count == MostValues)
            {
                throw NetlinkReader.Malformed("a uevent with something that is no NAME=VALUE");
            }

            values.Add(new(Encoding.UTF8.GetString(line[..equals]), Encoding.UTF8.GetString(line[(equals + 1)..])));
        }

        return new DeviceEvent(Encoding.UTF8.GetString(head[..at]), Encoding.UTF8.GetString(head[(at + 1)..])) { Values = values };
    }

    private static ReadOnlySpan<byte> NextText(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            throw NetlinkReader.Malformed("a uevent that does not end");
        }

        ReadOnlySpan<byte> text = rest[..end];
        rest = rest[(end + 1)..];
        return text;
    }
}
