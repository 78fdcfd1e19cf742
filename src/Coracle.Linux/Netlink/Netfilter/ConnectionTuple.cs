using System.Net;

namespace Coracle.Linux;

/// <summary>Who sends to whom, in one direction of a tracked connection.</summary>
/// <param name="Protocol">IPPROTO_…: 6 TCP, 17 UDP, 132 SCTP.</param>
/// <param name="SourcePort">0 for a protocol without ports.</param>
public sealed record ConnectionTuple(IPAddress Source, IPAddress Destination, int Protocol, int SourcePort, int DestinationPort)
{
    internal static ConnectionTuple Parse(NetlinkAttributes tuple)
    {
        ConnectionTuple parsed = new(IPAddress.Any, IPAddress.Any, 0, 0, 0);
        while (tuple.TryRead(out NetlinkAttribute attribute))
        {
            parsed = attribute.Type switch
            {
                Abi.CTA_TUPLE_IP => parsed.WithAddresses(attribute.Nested),
                Abi.CTA_TUPLE_PROTO => parsed.WithPorts(attribute.Nested),
                _ => parsed,
            };
        }

        return parsed;
    }

    private ConnectionTuple WithAddresses(NetlinkAttributes addresses)
    {
        (IPAddress source, IPAddress destination) = (Source, Destination);
        while (addresses.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.CTA_IP_V4_SRC or Abi.CTA_IP_V6_SRC:
                    source = RouteSocket.ToAddress(attribute);
                    break;
                case Abi.CTA_IP_V4_DST or Abi.CTA_IP_V6_DST:
                    destination = RouteSocket.ToAddress(attribute);
                    break;
            }
        }

        return this with { Source = source, Destination = destination };
    }

    private ConnectionTuple WithPorts(NetlinkAttributes protocol)
    {
        (int number, int source, int destination) = (Protocol, SourcePort, DestinationPort);
        while (protocol.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.CTA_PROTO_NUM:
                    number = attribute.U8;
                    break;
                case Abi.CTA_PROTO_SRC_PORT:
                    source = attribute.BigU16;
                    break;
                case Abi.CTA_PROTO_DST_PORT:
                    destination = attribute.BigU16;
                    break;
            }
        }

        return this with { Protocol = number, SourcePort = source, DestinationPort = destination };
    }
}
