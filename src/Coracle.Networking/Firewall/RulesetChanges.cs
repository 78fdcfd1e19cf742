using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>A network or a port, as elements and rules of the table.</summary>
internal static class RulesetChanges
{
    internal static void AddNetwork(TableBatch batch, RulesetFamily family, NetworkRules network)
    {
        if (family.SubnetOf(network) is not { } subnet)
        {
            return;
        }

        ReadOnlySpan<byte> bridge = new SetKey(stackalloc byte[SetKey.Room]).Interface(network.Bridge).Bytes;
        ReadOnlySpan<byte> both = new SetKey(stackalloc byte[SetKey.Room]).Interface(network.Bridge).Interface(network.Bridge).Bytes;
        batch.In(family.Family, Ruleset.Table);
        batch.AddElement(Ruleset.Bridges, bridge);
        batch.AddElement(Ruleset.Within, both, network.KeepsNeighboursApart ? Verdict.Goto(Ruleset.Published) : Verdict.Accept);
        batch.AddElement(Ruleset.To, bridge, EntryOf(family, network));
        if (network.IsInternal)
        {
            batch.AddElement(Ruleset.From, bridge, Verdict.Drop);
            return;
        }

        AddSourceAddress(batch, family, network, subnet);
    }

    /// <param name="rules">Of this family's table, as they are now.</param>
    internal static void RemoveNetwork(TableBatch batch, RulesetFamily family, NetworkRules network, List<RuleFacts> rules)
    {
        if (family.SubnetOf(network) is null)
        {
            return;
        }

        batch.In(family.Family, Ruleset.Table);
        foreach (RuleFacts rule in rules)
        {
            if (rule.Comment == network.Id)
            {
                batch.DeleteRule(rule.Chain, rule.Handle);
            }
        }

        ReadOnlySpan<byte> bridge = new SetKey(stackalloc byte[SetKey.Room]).Interface(network.Bridge).Bytes;
        ReadOnlySpan<byte> both = new SetKey(stackalloc byte[SetKey.Room]).Interface(network.Bridge).Interface(network.Bridge).Bytes;
        batch.RemoveElement(Ruleset.To, bridge);
        batch.RemoveElement(Ruleset.Within, both);
        batch.RemoveElement(Ruleset.Bridges, bridge);
        if (network.IsInternal)
        {
            batch.RemoveElement(Ruleset.From, bridge);
        }
    }

    /// <summary>Those of this family, map by map, so that each map gets one message.</summary>
    internal static void AddPorts(TableBatch batch, RulesetFamily family, IReadOnlyCollection<PublishedPort> ports)
    {
        batch.In(family.Family, Ruleset.Table);
        foreach (string map in new[] { Ruleset.Ports, Ruleset.Everywhere, Ruleset.Direct })
        {
            foreach (PublishedPort port in ports)
            {
                if (port.IsIPv6 == family.IsIPv6 && MapOf(port) == map)
                {
                    AddPort(batch, map, port);
                }
            }
        }
    }

    internal static void RemovePorts(TableBatch batch, RulesetFamily family, IReadOnlyCollection<PublishedPort> ports)
    {
        batch.In(family.Family, Ruleset.Table);
        Span<byte> room = stackalloc byte[SetKey.Room];
        foreach (string map in new[] { Ruleset.Ports, Ruleset.Everywhere, Ruleset.Direct })
        {
            foreach (PublishedPort port in ports)
            {
                if (port.IsIPv6 == family.IsIPv6 && MapOf(port) == map)
                {
                    batch.RemoveElement(map, KeyOf(port, map, room));
                }
            }
        }
    }

    private static void AddPort(TableBatch batch, string map, PublishedPort port)
    {
        ReadOnlySpan<byte> key = KeyOf(port, map, stackalloc byte[SetKey.Room]);
        if (map == Ruleset.Direct)
        {
            batch.AddElement(map, key);
        }
        else
        {
            batch.AddElement(map, key, new SetKey(stackalloc byte[SetKey.Room]).Address(port.ContainerAddress).Port(port.ContainerPort).Bytes);
        }
    }

    private static string MapOf(PublishedPort port)
        => port.HostPort == 0 ? Ruleset.Direct : port.IsForEveryAddress ? Ruleset.Everywhere : Ruleset.Ports;

    private static ReadOnlySpan<byte> KeyOf(PublishedPort port, string map, Span<byte> room)
    {
        byte protocol = (byte)port.Protocol;
        return map switch
        {
            Ruleset.Direct => new SetKey(room).Address(port.ContainerAddress).Protocol(protocol).Port(port.ContainerPort).Bytes,
            Ruleset.Everywhere => new SetKey(room).Protocol(protocol).Port(port.HostPort).Bytes,
            _ => new SetKey(room).Address(port.HostAddress).Protocol(protocol).Port(port.HostPort).Bytes,
        };
    }

    private static Verdict EntryOf(RulesetFamily family, NetworkRules network) => (network.IsInternal, family.ModeOf(network)) switch
    {
        (true, _) => Verdict.Drop,
        (_, GatewayMode.Routed) => Verdict.Goto(Ruleset.Routed),
        (_, GatewayMode.NatUnprotected) => Verdict.Goto(Ruleset.Unprotected),
        _ => Verdict.Goto(Ruleset.Published),
    };

    private static void AddSourceAddress(TableBatch batch, RulesetFamily family, NetworkRules network, IPNetwork subnet)
    {
        if (family.ModeOf(network) == GatewayMode.Routed)
        {
            return;
        }

        // A neighbour that was reached by way of the host's address has to answer by way of the host too, or nobody translates its answer.
        batch.AddRule(Ruleset.Postrouting, network.Id)
            .Source(family, subnet).Interface(MetaKey.OutputName, network.Bridge).TranslatedFlow().Masquerade();
        if (!network.Masquerades)
        {
            return;
        }

        RuleWriter leaving = batch.AddRule(Ruleset.Postrouting, network.Id)
            .Source(family, subnet).Interface(MetaKey.OutputName, network.Bridge, isEqual: false);
        _ = family.SourceOf(network) is { } address
            ? leaving.Load(Register.First, address.GetAddressBytes()).SourceNat(Register.First)
            : leaving.Masquerade();
    }
}
