using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>A network with who is on it. Guarded by its store's lock.</summary>
internal sealed class LiveNetwork
{
    private readonly List<(NetworkSubnet Subnet, AddressPool Pool)> _pools = [];
    private readonly List<NetworkEndpoint> _endpoints = [];

    public LiveNetwork(NetworkRecord record)
    {
        Record = record;
        foreach (NetworkSubnet subnet in record.Subnets)
        {
            AddressPool pool = new(subnet.Subnet, subnet.Range);
            foreach (IPAddress own in (subnet.Gateway is null ? [] : new[] { subnet.Gateway }).Concat(subnet.Auxiliary?.Values ?? []))
            {
                pool.Claim(own);
            }

            _pools.Add((subnet, pool));
        }
    }

    public NetworkRecord Record { get; }

    /// <summary>Whether its subnets are taken in its name. Not where an earlier engine left two networks with one subnet, or the configuration does.</summary>
    public bool HoldsSubnets { get; init; } = true;

    public bool IsEmpty => _endpoints.Count == 0;

    public Network Snapshot() => new(Record, [.. _endpoints]);

    /// <summary>A place for a container, with addresses that nobody has.</summary>
    /// <exception cref="EngineException">403: it is there already, or has an address that somebody has. 500: all are taken.</exception>
    public NetworkEndpoint Add(EndpointWish wish)
    {
        if (Record.ConfigOnly)
        {
            throw new EngineException(Refusal.Forbidden, "cannot create endpoint on configuration-only network");
        }

        if (_endpoints.Exists(endpoint => endpoint.Container == wish.Container))
        {
            throw new EngineException(Refusal.Forbidden, $"endpoint with name {wish.ContainerName} already exists in network {Record.Name}");
        }

        EndpointAddress? ipv4 = Record.EnableIPv4 ? Take(wish.IPv4, isIPv6: false) : null;
        try
        {
            EndpointAddress? ipv6 = Record.EnableIPv6 && !wish.WithoutIPv6 ? Take(wish.IPv6, isIPv6: true) : null;
            return Put(wish, ipv4, ipv6);
        }
        catch
        {
            Release(ipv4);
            throw;
        }
    }

    /// <summary>A running container of an earlier engine has it.</summary>
    /// <returns>False when somebody has one of its addresses.</returns>
    public bool Restore(NetworkEndpoint endpoint)
    {
        bool isFree = Claim(endpoint.IPv4) & Claim(endpoint.IPv6);
        _endpoints.RemoveAll(other => other.Container == endpoint.Container);
        _endpoints.Add(endpoint);
        return isFree;
    }

    /// <returns>What it had; null when it is not on this network.</returns>
    public NetworkEndpoint? Remove(string container)
    {
        int index = _endpoints.FindIndex(endpoint => endpoint.Container == container);
        if (index < 0)
        {
            return null;
        }

        NetworkEndpoint endpoint = _endpoints[index];
        _endpoints.RemoveAt(index);
        Release(endpoint.IPv4);
        Release(endpoint.IPv6);
        return endpoint;
    }

    public void Rename(string container, string name)
    {
        int index = _endpoints.FindIndex(endpoint => endpoint.Container == container);
        if (index >= 0)
        {
            _endpoints[index] = _endpoints[index] with { ContainerName = name };
        }
    }

    private NetworkEndpoint Put(EndpointWish wish, EndpointAddress? ipv4, EndpointAddress? ipv6)
    {
        NetworkEndpoint endpoint = new()
        {
            Id = wish.Id ?? NetworkId.Create().Text,
            Network = Record.Id,
            Container = wish.Container,
            ContainerName = wish.ContainerName,
            IPv4 = ipv4,
            IPv6 = ipv6,
            Mac = MacOf(wish, ipv4),
        };
        _endpoints.Add(endpoint);
        return endpoint;
    }

    private EndpointMac? MacOf(EndpointWish wish, EndpointAddress? ipv4)
        => NetworkNames.IsSpecial(Record.Driver) || Record.Driver == NetworkNames.Ipvlan ? null
            : wish.Mac ?? (ipv4 is null ? EndpointMac.Of(Record.Id.Text, wish.Container) : EndpointMac.Of(ipv4.Address));

    /// <summary>Of several subnets the first that has one left.</summary>
    private EndpointAddress? Take(IPAddress? wanted, bool isIPv6)
    {
        if (NetworkNames.IsSpecial(Record.Driver))
        {
            return null;
        }

        foreach ((NetworkSubnet subnet, AddressPool pool) in _pools)
        {
            if (subnet.Subnet.IsIPv6 == isIPv6 && TakeFrom(pool, wanted) is { } address)
            {
                return new EndpointAddress(address, subnet.Subnet.Length, GatewayOf(subnet));
            }
        }

        throw wanted is null
            ? new EngineException(
                Refusal.Failed, $"no available IPv{(isIPv6 ? 6 : 4)} addresses on this network's address pools: {Record.Name} ({Record.Id})")
            : new EngineException(Refusal.InvalidArgument, NetworkEndpointRules.NoSubnetFor(wanted));
    }

    private static IPAddress? TakeFrom(AddressPool pool, IPAddress? wanted)
    {
        if (wanted is null)
        {
            return pool.Take();
        }

        return pool.Claim(wanted) switch
        {
            AddressClaim.Given => wanted,
            AddressClaim.InUse => throw new EngineException(Refusal.Forbidden, "Address already in use"),
            _ => null,
        };
    }

    private IPAddress? GatewayOf(NetworkSubnet subnet)
    {
        if (Record.Internal)
        {
            return null;
        }

        string name = subnet.Subnet.IsIPv6 ? BridgeSettings.GatewayIPv6Name : BridgeSettings.GatewayIPv4Name;
        return subnet.Auxiliary?.GetValueOrDefault(name) ?? subnet.Gateway;
    }

    private bool Claim(EndpointAddress? address)
        => address is null || PoolOf(address.Address) is not { } pool || pool.Claim(address.Address) == AddressClaim.Given;

    private void Release(EndpointAddress? address)
    {
        if (address is not null)
        {
            PoolOf(address.Address)?.Release(address.Address);
        }
    }

    private AddressPool? PoolOf(IPAddress address) => _pools.Find(pair => pair.Subnet.Subnet.Contains(address)).Pool;
}
