using System.Text;
using System.Text.Json;
using Coracle.Core;
using Coracle.Networking;
using Coracle.Wire;

namespace Coracle.Fuzz;

/// <summary>Bodies and records of networks, up to the addresses that they come to.</summary>
internal static class NetworkTargets
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>A create that is not refused comes to a network that takes an endpoint or says why not, and whose record is read as it was.</summary>
    public static void Create(ReadOnlySpan<byte> input)
    {
        using JsonDocument document = JsonBody.Parse(input.ToArray());
        if (NetworkCreateRequest.Table.Read(document.RootElement, new JsonReading()) is not NetworkCreateRequest request)
        {
            return;
        }

        NetworkRecord draft = NetworkDraft.Of(NetworkWish.Of(request, knowsIPv4: true), new NetworkOptions(), [], _now);
        SubnetSpace space = new([.. SubnetBase.Defaults, SubnetBase.LocalTo("device")]);
        NetworkRecord record = SubnetAllocation.Allocate(draft, space, [Subnet.Parse("172.17.0.0/16")]);
        byte[] once = NetworkRecordJson.ToJson(record);
        Promise.Same(NetworkRecordJson.ToJson(NetworkRecordJson.Parse(once)), once, "a network's record is read as it was");
        _ = new LiveNetwork(record).Add(new EndpointWish("c", "web"));
    }

    public static void Connect(ReadOnlySpan<byte> input)
    {
        using JsonDocument document = JsonBody.Parse(input.ToArray());
        if (NetworkConnectRequest.Table.Read(document.RootElement, new JsonReading()) is not NetworkConnectRequest request)
        {
            return;
        }

        NetworkRecord network = new()
        {
            Id = NetworkId.Create(),
            Name = "lan",
            Created = _now,
            Driver = NetworkNames.Bridge,
            EnableIPv6 = true,
            Subnets = [new NetworkSubnet(Subnet.Parse("10.1.0.0/16"), IsAsked: true), new NetworkSubnet(Subnet.Parse("fd00::/64"), IsAsked: true)],
        };
        NetworkEndpointRules.Check(request.EndpointConfig, network, network.Name);
        _ = new LiveNetwork(network).Add(NetworkEndpointRules.Wish(request.EndpointConfig, "c", "web"));
    }

    public static void Record(ReadOnlySpan<byte> input)
    {
        NetworkRecord record = NetworkRecordJson.Parse(input.ToArray());
        _ = SubnetAllocation.TakeAgain(record, new SubnetSpace(SubnetBase.Defaults));
        _ = new LiveNetwork(record).Snapshot();
    }

    /// <summary>Addresses as they stand on a command line.</summary>
    public static void Addresses(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (Subnet.TryParse(text, out Subnet subnet, out _))
        {
            Promise.Same(Encoding.UTF8.GetBytes(Subnet.Parse(subnet.ToString()).ToString()), Encoding.UTF8.GetBytes(subnet.ToString()), "a subnet is read as it was written");
            _ = new AddressPool(subnet).Take();
        }

        if (EndpointMac.TryParse(text, out EndpointMac mac))
        {
            Promise.Same(Encoding.UTF8.GetBytes(EndpointMac.TryParse(mac.ToString(), out EndpointMac again) ? again.ToString() : ""), Encoding.UTF8.GetBytes(mac.ToString()), "a MAC address is read as it was written");
        }

        _ = SubnetBase.Parse(text);
    }
}
