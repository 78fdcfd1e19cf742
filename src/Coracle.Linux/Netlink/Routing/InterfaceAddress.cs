using System.Net;

namespace Coracle.Linux;

/// <summary>An IP address on an interface, with the network it stands in.</summary>
public sealed record InterfaceAddress(LinkIndex Link, IPAddress Address, int PrefixLength)
{
    /// <summary>sizeof(struct ifaddrmsg).</summary>
    private const int HeaderLength = 8;

    /// <summary>IPv6: usable at once, without the second that duplicate address detection takes.</summary>
    public bool SkipsDetection { get; init; }

    /// <summary>IPv6: detection is not over yet, nothing can be bound to it.</summary>
    public bool IsTentative { get; init; }

    public override string ToString() => $"{Address}/{PrefixLength}";

    /// <returns>Null for a message of another type or family.</returns>
    internal static InterfaceAddress? Parse(in NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Type is Abi.RTM_NEWADDR or Abi.RTM_DELADDR ? message.Fixed(HeaderLength) : default;
        if (header.IsEmpty || header[0] is not (Abi.AF_INET or Abi.AF_INET6))
        {
            return null;
        }

        if (header[1] > (header[0] == Abi.AF_INET ? 32 : 128))
        {
            throw NetlinkReader.Malformed($"a prefix of {header[1]} bits");
        }

        uint flags = header[2];
        IPAddress? address = null, local = null;
        NetlinkAttributes attributes = message.Attributes(HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.IFA_ADDRESS:
                    address = RouteSocket.ToAddress(attribute);
                    break;
                case Abi.IFA_LOCAL:
                    local = RouteSocket.ToAddress(attribute);
                    break;
                case Abi.IFA_FLAGS:
                    flags = attribute.U32;
                    break;
            }
        }

        // On a point-to-point link IFA_ADDRESS is the peer's; IPv6 has IFA_LOCAL only there.
        return (local ?? address) is not { } own ? null : new InterfaceAddress(new LinkIndex(BitConverter.ToInt32(header[4..])), own, header[1])
        {
            SkipsDetection = (flags & Abi.IFA_F_NODAD) != 0,
            IsTentative = (flags & Abi.IFA_F_TENTATIVE) != 0,
        };
    }
}
