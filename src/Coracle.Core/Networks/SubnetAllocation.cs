using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>Gives a network its subnets, gateways and auxiliary addresses. One at a time: whoever keeps the space guards it.</summary>
internal static class SubnetAllocation
{
    /// <param name="draft">Its subnets are those that were asked for.</param>
    /// <returns>With every subnet it has, taken from the space.</returns>
    /// <exception cref="EngineException">Nothing is taken then.</exception>
    public static NetworkRecord Allocate(NetworkRecord draft, SubnetSpace space, IReadOnlyList<Subnet> routes)
    {
        if (draft.ConfigOnly || NetworkNames.IsSpecial(draft.Driver))
        {
            return draft;
        }

        List<NetworkSubnet> taken = [];
        try
        {
            AddFamily(draft, isIPv6: false, draft.EnableIPv4, space, routes, taken);
            AddFamily(draft, isIPv6: true, draft.EnableIPv6, space, routes, taken);
            return draft with { Subnets = [.. taken.Select(subnet => WithAddresses(draft, subnet))] };
        }
        catch
        {
            taken.ForEach(subnet => space.Release(subnet.Subnet));
            throw;
        }
    }

    /// <summary>A network of an earlier engine takes what it has: all of it, or nothing.</summary>
    /// <returns>The subnet that overlaps another network's; null when there is none.</returns>
    public static Subnet? TakeAgain(NetworkRecord record, SubnetSpace space)
    {
        if (record.ConfigOnly)
        {
            return null;
        }

        for (int i = 0; i < record.Subnets.Count; i++)
        {
            if (!space.TryTake(record.Subnets[i].Subnet))
            {
                while (--i >= 0)
                {
                    space.Release(record.Subnets[i].Subnet);
                }

                return record.Subnets.First(subnet => !space.IsFree(subnet.Subnet)).Subnet;
            }
        }

        return null;
    }

    public static void Release(NetworkRecord record, SubnetSpace space)
    {
        foreach (NetworkSubnet subnet in record.ConfigOnly ? [] : record.Subnets)
        {
            space.Release(subnet.Subnet);
        }
    }

    private static void AddFamily(
        NetworkRecord draft, bool isIPv6, bool isEnabled, SubnetSpace space, IReadOnlyList<Subnet> routes, List<NetworkSubnet> taken)
    {
        List<NetworkSubnet> asked = [.. draft.Subnets.Where(subnet => subnet.Subnet.IsIPv6 == isIPv6)];
        if (!isEnabled)
        {
            return;
        }

        if (asked.Count == 0)
        {
            taken.Add(new NetworkSubnet(space.Choose(isIPv6, routes)
                ?? throw new EngineException(Refusal.InvalidArgument, "all predefined address pools have been fully subnetted")));
            return;
        }

        foreach (NetworkSubnet subnet in asked)
        {
            taken.Add(space.TryTake(subnet.Subnet)
                ? subnet
                : throw new EngineException(Refusal.Forbidden, "invalid pool request: Pool overlaps with other one on this address space"));
        }
    }

    /// <summary>A gateway of nobody's choice is the first of the range, as in Docker, though the range is for containers.</summary>
    private static NetworkSubnet WithAddresses(NetworkRecord draft, NetworkSubnet subnet)
    {
        AddressPool pool = new(subnet.Subnet, subnet.Range);
        IPAddress? gateway = subnet.Gateway;
        if (gateway is not null)
        {
            Claim(pool, gateway, $"failed to allocate gateway ({gateway})");
        }
        else if (DriverRules.NeedsGateway(draft, subnet.Subnet.IsIPv6))
        {
            gateway = pool.Take()
                ?? throw new EngineException(Refusal.Failed, "failed to allocate gateway (): no available addresses on this pool");
        }

        foreach ((string name, IPAddress address) in subnet.Auxiliary ?? new Dictionary<string, IPAddress>())
        {
            Claim(pool, address, $"failed to allocate secondary ip address ({name}:{address})");
        }

        return subnet with { Gateway = gateway };
    }

    private static void Claim(AddressPool pool, IPAddress address, string failure)
    {
        if (pool.Claim(address) == AddressClaim.InUse)
        {
            throw new EngineException(Refusal.Failed, $"{failure}: Address already in use");
        }
    }
}
