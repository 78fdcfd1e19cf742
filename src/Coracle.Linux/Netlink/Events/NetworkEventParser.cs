namespace Coracle.Linux;

/// <summary>Notifications as events. EBADMSG for what is malformed; null for what is none of ours.</summary>
internal static class NetworkEventParser
{
    internal static NetworkEvent? Route(in NetlinkMessage message) => message.Type switch
    {
        Abi.RTM_NEWLINK or Abi.RTM_DELLINK when NetworkLink.Parse(message) is { } link
            => new LinkChanged(link, message.Type == Abi.RTM_DELLINK) { Port = message.Port },
        Abi.RTM_NEWADDR or Abi.RTM_DELADDR when InterfaceAddress.Parse(message) is { } address
            => new AddressChanged(address, message.Type == Abi.RTM_DELADDR) { Port = message.Port },
        Abi.RTM_NEWROUTE or Abi.RTM_DELROUTE when NetworkRoute.Parse(message) is { } route
            => new RouteChanged(route, message.Type == Abi.RTM_DELROUTE) { Port = message.Port },
        _ => null,
    };

    /// <param name="table">Only of tables of this name, and the ends of all transactions; null for every table.</param>
    internal static NetworkEvent? Firewall(in NetlinkMessage message, string? table)
    {
        if (message.Type >> 8 != Abi.NFNL_SUBSYS_NFTABLES)
        {
            return null;
        }

        int type = message.Type & 0xFF;
        if (type == Abi.NFT_MSG_NEWGEN)
        {
            return Committed(message);
        }

        (FirewallObject Object, bool IsGone)? known = type switch
        {
            Abi.NFT_MSG_NEWTABLE => (FirewallObject.Table, false),
            Abi.NFT_MSG_DELTABLE => (FirewallObject.Table, true),
            Abi.NFT_MSG_NEWCHAIN => (FirewallObject.Chain, false),
            Abi.NFT_MSG_DELCHAIN => (FirewallObject.Chain, true),
            Abi.NFT_MSG_NEWRULE => (FirewallObject.Rule, false),
            Abi.NFT_MSG_DELRULE => (FirewallObject.Rule, true),
            Abi.NFT_MSG_NEWSET => (FirewallObject.Set, false),
            Abi.NFT_MSG_DELSET => (FirewallObject.Set, true),
            Abi.NFT_MSG_NEWSETELEM => (FirewallObject.Element, false),
            Abi.NFT_MSG_DELSETELEM => (FirewallObject.Element, true),
            _ => null,
        };
        if (known is not { } what || TableOf(message) is not { } name || (table is not null && name != table))
        {
            return null;
        }

        return new FirewallChanged(message.Body[0], name, what.Object, what.IsGone) { Port = message.Port };
    }

    /// <summary>The table's name is the first attribute of each kind of object: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, … are all 1.</summary>
    private static string? TableOf(in NetlinkMessage message)
    {
        NetlinkAttributes attributes = message.Attributes(TrackedConnection.HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == Abi.NFTA_TABLE_NAME)
            {
                return attribute.Text;
            }
        }

        return null;
    }

    private static FirewallCommitted Committed(in NetlinkMessage message)
    {
        int process = 0;
        string program = "";
        NetlinkAttributes attributes = message.Attributes(TrackedConnection.HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.NFTA_GEN_PROC_PID:
                    process = (int)attribute.BigU32;
                    break;
                case Abi.NFTA_GEN_PROC_NAME:
                    program = attribute.Text;
                    break;
            }
        }

        return new FirewallCommitted(process, program) { Port = message.Port };
    }
}
