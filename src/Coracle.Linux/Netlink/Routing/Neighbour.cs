using System.Net;

namespace Coracle.Linux;

/// <summary>Who is known on a link: an entry of ARP or of neighbour discovery.</summary>
public sealed record Neighbour(LinkIndex Link, IPAddress Address)
{
    /// <summary>sizeof(struct ndmsg).</summary>
    private const int HeaderLength = 12;

    /// <summary>Null while nobody has answered.</summary>
    public MacAddress? Mac { get; init; }

    public bool IsPermanent { get; init; }

    /// <summary>Nobody answered.</summary>
    public bool HasFailed { get; init; }

    /// <summary>We answer for that address on this link.</summary>
    public bool IsProxy { get; init; }

    /// <returns>Null for a message of another type or family: a bridge's forwarding table comes the same way.</returns>
    internal static Neighbour? Parse(in NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Type is Abi.RTM_NEWNEIGH or Abi.RTM_DELNEIGH ? message.Fixed(HeaderLength) : default;
        if (header.IsEmpty || header[0] is not (Abi.AF_INET or Abi.AF_INET6))
        {
            return null;
        }

        int state = BitConverter.ToUInt16(header[8..]);
        Neighbour neighbour = new(new LinkIndex(BitConverter.ToInt32(header[4..])), IPAddress.Any)
        {
            IsPermanent = (state & Abi.NUD_PERMANENT) != 0,
            HasFailed = (state & Abi.NUD_FAILED) != 0,
            IsProxy = (header[10] & Abi.NTF_PROXY) != 0,
        };
        bool isNamed = false;
        NetlinkAttributes attributes = message.Attributes(HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == Abi.NDA_DST)
            {
                neighbour = neighbour with { Address = RouteSocket.ToAddress(attribute) };
                isNamed = true;
            }
            else if (attribute.Type == Abi.NDA_LLADDR && attribute.Value.Length == MacAddress.Length)
            {
                neighbour = neighbour with { Mac = new MacAddress(attribute.Value) };
            }
        }

        return isNamed ? neighbour : null;
    }
}
