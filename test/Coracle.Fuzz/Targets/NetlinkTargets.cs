using Coracle.Linux;

namespace Coracle.Fuzz;

/// <summary>
/// What the kernel says. It is no attacker, but names, aliases and lengths in it are others', and a parser that runs off its end would
/// do so with all our rights.
/// </summary>
internal static class NetlinkTargets
{
    private delegate void Reading(in NetlinkMessage message);

    private static readonly Reading[] _readings =
    [
        (in NetlinkMessage message) => _ = NetworkLink.Parse(message),
        (in NetlinkMessage message) => Promise.Holds(InterfaceAddress.Parse(message) is null or { PrefixLength: >= 0 and <= 128 }, "a prefix"),
        (in NetlinkMessage message) => Promise.Holds(NetworkRoute.Parse(message) is null or { Destination.PrefixLength: >= 0 and <= 128 }, "a route"),
        (in NetlinkMessage message) => _ = Neighbour.Parse(message),
        Connection,
        (in NetlinkMessage message) => _ = NetworkEventParser.Route(message),
        (in NetlinkMessage message) => _ = NetworkEventParser.Firewall(message, null),
        Answer,
    ];

    public static void Messages(ReadOnlySpan<byte> input)
    {
        int messages = 0;
        NetlinkReader reader = new(input);
        while (reader.TryRead(out NetlinkMessage message))
        {
            Promise.Holds(++messages <= input.Length / NetlinkWriter.HeaderLength, "no more messages than there is room for");
            foreach (Reading read in _readings)
            {
                try
                {
                    read(message);
                }
                catch (LinuxException malformed) when (malformed.Errno == Errno.EBADMSG)
                {
                    // Refused; the next reading may like it.
                }
            }
        }
    }

    public static void Uevent(ReadOnlySpan<byte> input)
    {
        DeviceEvent happened = DeviceEvent.Parse(input);
        Promise.Holds(happened.Action.Length > 0 && happened.Path[0] == '/', "an action and a path");
    }

    private static void Connection(in NetlinkMessage message)
    {
        if (TrackedConnection.Parse(message) is not { } connection)
        {
            return;
        }

        NetlinkWriter writer = new();
        connection.WriteDelete(writer);
        NetlinkReader reader = new(writer.Written);
        Promise.Holds(reader.TryRead(out NetlinkMessage deletion) && !reader.TryRead(out _), "one message");
        NetlinkAttributes attributes = deletion.Attributes(TrackedConnection.HeaderLength);
        Promise.Holds(attributes.TryRead(out NetlinkAttribute tuple) && tuple.Value.Length > 0, "never a deletion of everything");
    }

    private static void Answer(in NetlinkMessage message)
        => Promise.Holds(NetlinkResult.Parse(message, 0).Errno is >= 0 and <= (Errno)4095, "an errno");
}
