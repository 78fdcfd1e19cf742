using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>Matches as a person says them, each of one or more expressions. They use the first register and what lies behind it.</summary>
internal static class RuleMatches
{
    private const int MaxAddressLength = 16;
    private const byte LocalRoute = 2; // RTN_LOCAL of linux/rtnetlink.h
    private const int DestinationPortOffset = 2; // alike in TCP, UDP and SCTP

    // IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h: somebody gave the flow another destination.
    private static ReadOnlySpan<byte> Translated => [0x20, 0, 0, 0];

    internal static RuleWriter Interface(this RuleWriter rule, MetaKey which, string name, bool isEqual = true)
        => rule.Meta(which, Register.First).Compare(Register.First, new SetKey(stackalloc byte[SetKey.Room]).Interface(name).Bytes, isEqual);

    internal static RuleWriter Source(this RuleWriter rule, RulesetFamily family, IPNetwork subnet) => rule.Address(family.SourceOffset, subnet);

    internal static RuleWriter Destination(this RuleWriter rule, RulesetFamily family, IPNetwork subnet) => rule.Address(family.DestinationOffset, subnet);

    internal static RuleWriter ToThisHost(this RuleWriter rule)
        => rule.DestinationType(Register.First).Compare(Register.First, [LocalRoute, 0, 0, 0]);

    internal static RuleWriter TranslatedFlow(this RuleWriter rule)
        => rule.Conntrack(ConntrackKey.Status, Register.First).Mask(Register.First, Translated).Compare(Register.First, [0, 0, 0, 0], isEqual: false);

    internal static RuleWriter FlowIn(this RuleWriter rule, ConntrackStates states)
        => rule.Conntrack(ConntrackKey.State, Register.First)
            .Mask(Register.First, [(byte)states, 0, 0, 0])
            .Compare(Register.First, [0, 0, 0, 0], isEqual: false);

    internal static RuleWriter Protocol(this RuleWriter rule, byte number)
        => rule.Meta(MetaKey.Protocol, Register.First).Compare(Register.First, [number]);

    internal static RuleWriter Port(this RuleWriter rule, bool isSource, ushort number)
        => rule.TransportHeader(isSource ? 0 : DestinationPortOffset, sizeof(ushort), Register.First)
            .Compare(Register.First, [(byte)(number >> 8), (byte)number]);

    /// <summary>Loads an address and a port into the first two registers.</summary>
    internal static RuleWriter Endpoint(this RuleWriter rule, IPAddress address, ushort port)
        => rule.Load(Register.First, address.GetAddressBytes()).Load(Register.Second, [(byte)(port >> 8), (byte)port]);

    /// <summary>Loads destination address, protocol and port, as the keys of our maps have them.</summary>
    internal static RuleWriter DestinationKey(this RuleWriter rule, RulesetFamily family)
        => rule.NetworkHeader(family.DestinationOffset, family.AddressLength, Register.First)
            .Meta(MetaKey.Protocol, family.AfterAddress)
            .TransportHeader(DestinationPortOffset, sizeof(ushort), family.AfterProtocol);

    /// <summary>Loads protocol and port.</summary>
    internal static RuleWriter PortKey(this RuleWriter rule)
        => rule.Meta(MetaKey.Protocol, Register.First).TransportHeader(DestinationPortOffset, sizeof(ushort), Register.Word1);

    /// <summary>Of a prefix of whole bytes only those are loaded, as nft does it.</summary>
    private static RuleWriter Address(this RuleWriter rule, int offset, IPNetwork subnet)
    {
        Span<byte> bytes = stackalloc byte[MaxAddressLength];
        subnet.BaseAddress.TryWriteBytes(bytes, out int length);
        if (subnet.PrefixLength % 8 == 0)
        {
            int whole = subnet.PrefixLength / 8;
            return whole == 0 ? rule : rule.NetworkHeader(offset, whole, Register.First).Compare(Register.First, bytes[..whole]);
        }

        Span<byte> mask = stackalloc byte[MaxAddressLength];
        mask.Clear();
        mask[..(subnet.PrefixLength / 8)].Fill(byte.MaxValue);
        mask[subnet.PrefixLength / 8] = (byte)(byte.MaxValue << (8 - (subnet.PrefixLength % 8)));
        return rule.NetworkHeader(offset, length, Register.First).Mask(Register.First, mask[..length]).Compare(Register.First, bytes[..length]);
    }
}
