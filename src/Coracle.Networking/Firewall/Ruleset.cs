using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>
/// The table <c>coracle</c>, once for IPv4 and once for IPv6. What every network needs is written once; a network or a port is an
/// element of its sets and maps, so that neither another packet's way nor a transaction gets longer by it. Only the source address that
/// a network's packets leave with needs rules of its own, which the first packet of a flow alone sees.
/// </summary>
/// <remarks>
/// <code>
/// raw          what claims to be 127.0.0.0/8 and does not come from lo: drop          (IPv4; the kernel itself does it to ::1)
/// prerouting   to an address of this host, and in ports or everywhere: DNAT           output: the same, for the host's own
/// forward      known flows: accept; within one bridge: by map within; out of an internal one: drop; into a bridge: by map to
///              published     translated flows: accept; others: drop                   (gateway mode nat, and icc=false)
///              routed        ... and what is in direct, and ICMP                      (gateway mode routed)
///              unprotected   ... and all that does not come from another bridge       (gateway mode nat-unprotected)
/// postrouting  127.0.0.0/8 into a bridge: masquerade; two rules for each network
/// </code>
/// Nothing here accepts against the will of another table: an accept ends this one only.
/// </remarks>
internal static class Ruleset
{
    internal const string Table = "coracle";

    /// <summary>Stands in the table's comment, for people.</summary>
    private const string Comment = "coracle 1";

    internal const string Bridges = "bridges";
    internal const string Within = "within";
    internal const string From = "from";
    internal const string To = "to";
    internal const string Ports = "ports";
    internal const string Everywhere = "everywhere";
    internal const string Direct = "direct";

    internal const string Published = "published";
    internal const string Routed = "routed";
    internal const string Unprotected = "unprotected";

    private const string Raw = "raw";
    private const string Prerouting = "prerouting";
    private const string Output = "output";
    private const string Forward = "forward";
    internal const string Postrouting = "postrouting";

    private const string Loopback = "lo";

    private static readonly IPNetwork _loopbacks = new(new IPAddress([127, 0, 0, 0]), 8);

    /// <summary>In place of whatever was there.</summary>
    internal static void Make(TableBatch batch, RulesetFamily family)
    {
        batch.In(family.Family, Table).RemakeTable(Comment);
        AddSets(batch, family);
        foreach (string chain in new[] { Published, Routed, Unprotected })
        {
            batch.AddChain(chain);
        }

        AddNat(batch, family);
        AddFilter(batch, family);
    }

    internal static void Remove(TableBatch batch, RulesetFamily family)
    {
        batch.In(family.Family, Table).AddTable(Comment); // so that it is there to be removed
        batch.DeleteTable();
    }

    private static void AddSets(TableBatch batch, RulesetFamily family)
    {
        SetField[] target = [family.Address, SetField.Port];
        SetField[] endpoint = [family.Address, SetField.Protocol, SetField.Port];
        batch.AddSet(new SetShape(Bridges, [SetField.InterfaceName]));
        batch.AddSet(new SetShape(Within, [SetField.InterfaceName, SetField.InterfaceName], GivesVerdict: true));
        batch.AddSet(new SetShape(From, [SetField.InterfaceName], GivesVerdict: true));
        batch.AddSet(new SetShape(To, [SetField.InterfaceName], GivesVerdict: true));
        batch.AddSet(new SetShape(Ports, endpoint, target));
        batch.AddSet(new SetShape(Everywhere, [SetField.Protocol, SetField.Port], target));
        batch.AddSet(new SetShape(Direct, endpoint));
    }

    private static void AddNat(TableBatch batch, RulesetFamily family)
    {
        if (!family.IsIPv6)
        {
            // What CVE-2025-54388 was about: with route_localnet a neighbour on the wire could ask for 127.0.0.1. Both ways, since the
            // kernel stops asking where such a source comes from as well.
            batch.AddBaseChain(Raw, "filter", ChainHook.Prerouting, ChainPriority.Raw);
            batch.AddRule(Raw).Interface(MetaKey.InputName, Loopback, isEqual: false).Destination(family, _loopbacks).Decide(Verdict.Drop);
            batch.AddRule(Raw).Interface(MetaKey.InputName, Loopback, isEqual: false).Source(family, _loopbacks).Decide(Verdict.Drop);
        }

        batch.AddBaseChain(Prerouting, "nat", ChainHook.Prerouting, ChainPriority.DestinationNat);
        AddTranslation(batch, family, Prerouting);
        batch.AddBaseChain(Output, "nat", ChainHook.Output, ChainPriority.DestinationNat);
        AddTranslation(batch, family, Output);
        batch.AddBaseChain(Postrouting, "nat", ChainHook.Postrouting, ChainPriority.SourceNat);
        if (!family.IsIPv6)
        {
            batch.AddRule(Postrouting).Source(family, _loopbacks).Meta(MetaKey.OutputName, Register.First).InSet(Register.First, Bridges).Masquerade();
        }
    }

    private static void AddTranslation(TableBatch batch, RulesetFamily family, string chain)
    {
        Register port = family.AfterAddress;
        RuleTo(batch, family, chain).DestinationKey(family).FromMap(Register.First, Ports, Register.First).DestinationNat(Register.First, port);
        RuleTo(batch, family, chain).PortKey().FromMap(Register.First, Everywhere, Register.First).DestinationNat(Register.First, port);
    }

    private static RuleWriter RuleTo(TableBatch batch, RulesetFamily family, string chain)
    {
        RuleWriter rule = batch.AddRule(chain).ToThisHost();

        // There is no route_localnet in IPv6: translated, a connection to [::1] would be dropped instead of reaching whoever listens there.
        return family.IsIPv6 && chain == Output
            ? rule.NetworkHeader(family.DestinationOffset, family.AddressLength, Register.First)
                .Compare(Register.First, IPAddress.IPv6Loopback.GetAddressBytes(), isEqual: false)
            : rule;
    }

    private static void AddFilter(TableBatch batch, RulesetFamily family)
    {
        batch.AddRule(Published).TranslatedFlow().Decide(Verdict.Accept);
        batch.AddRule(Published).Decide(Verdict.Drop);

        batch.AddRule(Routed).TranslatedFlow().Decide(Verdict.Accept);
        batch.AddRule(Routed).DestinationKey(family).InSet(Register.First, Direct).Decide(Verdict.Accept);
        batch.AddRule(Routed).Protocol(family.ControlProtocol).Decide(Verdict.Accept);
        batch.AddRule(Routed).Decide(Verdict.Drop);

        batch.AddRule(Unprotected).TranslatedFlow().Decide(Verdict.Accept);
        batch.AddRule(Unprotected).Meta(MetaKey.InputName, Register.First).InSet(Register.First, Bridges).Decide(Verdict.Drop);
        batch.AddRule(Unprotected).Decide(Verdict.Accept);

        batch.AddBaseChain(Forward, "filter", ChainHook.Forward, ChainPriority.Filter);
        batch.AddRule(Forward).FlowIn(ConntrackStates.Established | ConntrackStates.Related).Decide(Verdict.Accept);
        batch.AddRule(Forward).Meta(MetaKey.InputName, Register.First).Meta(MetaKey.OutputName, Register.Second).ByMap(Register.First, Within);
        batch.AddRule(Forward).Meta(MetaKey.InputName, Register.First).ByMap(Register.First, From);
        batch.AddRule(Forward).Meta(MetaKey.OutputName, Register.First).ByMap(Register.First, To);
    }
}
