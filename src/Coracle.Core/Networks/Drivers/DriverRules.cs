namespace Coracle.Core;

/// <summary>What a driver says to a network before anything is made of it.</summary>
internal static class DriverRules
{
    /// <summary>Whether an endpoint's default route goes to an address that must be kept free for it.</summary>
    /// <exception cref="EngineException">400: an option's value.</exception>
    public static bool NeedsGateway(NetworkRecord network, bool isIPv6)
    {
        switch (network.Driver)
        {
            case NetworkNames.Bridge:
                BridgeSettings bridge = BridgeSettings.Of(network);
                return (isIPv6 ? bridge.ModeIPv6 : bridge.ModeIPv4) != GatewayMode.Isolated && (isIPv6 || !bridge.InhibitIPv4 || !network.Internal);
            case NetworkNames.Macvlan or NetworkNames.Ipvlan:
                ParentedSettings parented = ParentedSettings.Of(network);
                return !network.Internal && parented.Parent.Length > 0 && !parented.IsRouted;
            default:
                return false;
        }
    }

    /// <exception cref="EngineException">403, 400: another network is in its way.</exception>
    public static void CheckAgainst(NetworkRecord network, IEnumerable<NetworkRecord> others)
    {
        foreach (NetworkRecord other in others)
        {
            if (other.Driver != network.Driver || other.ConfigOnly || other.Id == network.Id)
            {
                continue;
            }

            if (network.Driver == NetworkNames.Bridge && BridgeSettings.Of(network).Link == BridgeSettings.Of(other).Link)
            {
                throw new EngineException(
                    Refusal.Forbidden,
                    $"cannot create network {network.Id} ({BridgeSettings.Of(network).Link}): conflicts with network {other.Id} ({BridgeSettings.Of(other).Link}): networks have same bridge name");
            }

            if (network.Driver is NetworkNames.Macvlan or NetworkNames.Ipvlan && ParentedSettings.Of(network).Link == ParentedSettings.Of(other).Link)
            {
                CheckParent(network, other);
            }
        }
    }

    /// <summary>Several macvlan networks may share a link, but for one in the mode that takes it over; ipvlan networks never do.</summary>
    private static void CheckParent(NetworkRecord network, NetworkRecord other)
    {
        const string TakesOver = "passthru";
        string parent = ParentedSettings.Of(network).Link;
        if (network.Driver == NetworkNames.Ipvlan)
        {
            throw new EngineException(Refusal.InvalidArgument, $"network di-{other.Id.Short} is already using parent interface {parent}");
        }

        if (ParentedSettings.Of(network).Mode == TakesOver)
        {
            throw new EngineException(
                Refusal.InvalidArgument, $"cannot use mode passthru, macvlan network {other.Id} is already using parent interface {parent}");
        }

        if (ParentedSettings.Of(other).Mode == TakesOver)
        {
            throw new EngineException(Refusal.InvalidArgument, $"macvlan network {other.Id} is already using parent interface {parent} in mode passthru");
        }
    }
}
