using System.Net;
using System.Security.Cryptography;
using Coracle.Networking;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Between a container's record and the networks: takes places for it, and reads from its record what it has.</summary>
internal sealed class EndpointPlans(NetworkStore networks, NetworkOptions options)
{
    private const int IdBytes = 32;

    /// <summary>A place on each network of the record, in their order.</summary>
    /// <exception cref="EngineException">One of them cannot be had; none is taken then.</exception>
    public ContainerRecord Allocate(ContainerRecord record)
    {
        ContainerRecord given = record with { Networks = [], Sandbox = new SandboxState { Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)) } };
        try
        {
            foreach (NetworkMembership membership in record.Networks)
            {
                // Docker's: with --bridge none, whoever names no network gets none.
                given = membership.Network == NetworkNames.Bridge && !options.HasBridge
                    ? given with { Networks = [.. given.Networks, membership] }
                    : Add(given, Resolve(membership), membership.Wish);
            }

            return given;
        }
        catch
        {
            Release(given);
            throw;
        }
    }

    /// <summary>One more.</summary>
    public ContainerRecord Add(ContainerRecord record, NetworkRecord network, EndpointSettings wish)
    {
        NetworkEndpointRules.Check(wish, network, network.Name);
        EndpointWish asked = NetworkEndpointRules.Wish(wish, record.Id, record.Name) with { WithoutIPv6 = RefusesIPv6(record) };
        NetworkEndpoint endpoint = networks.Allocate(network.Id, asked);
        NetworkMembership membership = new() { Network = network.Name, NetworkId = network.Id.Text, Wish = wish };
        SandboxState sandbox = record.Sandbox!.Copy();
        sandbox.Endpoints = [.. sandbox.Endpoints, Given(network, endpoint, DnsNames.Of(record, membership))];
        return record with { Networks = [.. record.Networks.Where(other => other.Network != network.Name), membership], Sandbox = sandbox };
    }

    /// <summary>What it has, in the order in which it came to it.</summary>
    public IReadOnlyList<EndpointPlan> Of(ContainerRecord record)
    {
        List<EndpointPlan> plans = [];
        foreach (GivenEndpoint given in record.Sandbox?.Endpoints ?? [])
        {
            if (networks.TryGet(given.NetworkId, out Network? network) && network.Of(record.Id) is { } endpoint)
            {
                EndpointSettings wish = record.Networks.FirstOrDefault(membership => membership.NetworkId == given.NetworkId)?.Wish ?? new EndpointSettings();
                plans.Add(new EndpointPlan(network.Record, endpoint, wish) { InterfaceName = given.InterfaceName, HostLink = given.HostLink });
            }
        }

        return plans;
    }

    public void Release(ContainerRecord record)
    {
        foreach (EndpointPlan plan in Of(record))
        {
            networks.Release(plan.Network.Id, record.Id);
        }
    }

    /// <summary>It runs since an earlier engine.</summary>
    public void Restore(ContainerRecord record)
    {
        foreach (GivenEndpoint given in record.Sandbox?.Endpoints ?? [])
        {
            if (NetworkId.TryParse(given.NetworkId, out NetworkId? network))
            {
                networks.Found(new NetworkEndpoint
                {
                    Id = given.EndpointId,
                    Network = network,
                    Container = record.Id,
                    ContainerName = record.Name,
                    IPv4 = AddressOf(given.IPAddress, given.IPPrefixLength, given.Gateway),
                    IPv6 = AddressOf(given.GlobalIPv6Address, given.GlobalIPv6PrefixLength, given.IPv6Gateway),
                    Mac = EndpointMac.TryParse(given.MacAddress, out EndpointMac mac) ? mac : null,
                });
            }
        }
    }

    /// <summary>With what the links were called, and where the sandbox is.</summary>
    public static ContainerRecord WithLinks(ContainerRecord record, IReadOnlyList<EndpointPlan> joined, int pid)
    {
        SandboxState sandbox = record.Sandbox!.Copy();
        sandbox.Key = NetworkChoice.IsHost(record.HostConfig) ? "/proc/1/ns/net" : $"/proc/{pid}/ns/net";
        foreach (EndpointPlan plan in joined)
        {
            GivenEndpoint given = sandbox.Endpoints.First(endpoint => endpoint.NetworkId == plan.Network.Id.Text);
            (given.InterfaceName, given.HostLink) = (plan.InterfaceName, plan.HostLink);
        }

        return record with { Sandbox = sandbox };
    }

    /// <summary>The one that it was on before, or, when that was made anew, the one that is called so now.</summary>
    private NetworkRecord Resolve(NetworkMembership membership)
        => membership.NetworkId.Length > 0 && networks.TryGet(membership.NetworkId, out Network? before) ? before.Record : networks.Get(membership.Network).Record;

    private static bool RefusesIPv6(ContainerRecord record) => record.HostConfig.Sysctls?.GetValueOrDefault("net.ipv6.conf.all.disable_ipv6") == "1";

    private static GivenEndpoint Given(NetworkRecord network, NetworkEndpoint endpoint, IReadOnlyList<string>? names) => new()
    {
        Network = network.Name,
        NetworkId = network.Id.Text,
        EndpointId = endpoint.Id,
        MacAddress = endpoint.MacText,
        IPAddress = endpoint.IPv4?.Address.ToString() ?? "",
        IPPrefixLength = endpoint.IPv4?.Length ?? 0,
        Gateway = endpoint.IPv4?.Gateway?.ToString() ?? "",
        GlobalIPv6Address = endpoint.IPv6?.Address.ToString() ?? "",
        GlobalIPv6PrefixLength = endpoint.IPv6?.Length ?? 0,
        IPv6Gateway = endpoint.IPv6?.Gateway?.ToString() ?? "",
        DnsNames = names,
    };

    private static EndpointAddress? AddressOf(string address, int length, string gateway)
        => AddressText.TryParse(address, out IPAddress? parsed)
            ? new EndpointAddress(parsed, length, AddressText.TryParse(gateway, out IPAddress? way) ? way : null)
            : null;
}
