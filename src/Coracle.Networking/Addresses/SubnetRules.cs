using System.Net;
using System.Net.Sockets;

namespace Coracle.Networking;

/// <summary>A subnet as somebody wants it, in the words of the request: empty where nothing was said.</summary>
/// <param name="Auxiliary">Addresses that no container gets, by name; null when there are none.</param>
public sealed record SubnetWish(string Subnet, string Range = "", string Gateway = "", IReadOnlyDictionary<string, string>? Auxiliary = null);

/// <summary>What Docker has against a network's addresses before anything is allocated.</summary>
public static class SubnetRules
{
    /// <returns>All of it, one complaint a line under a title; null when there is none.</returns>
    public static string? Complaint(IReadOnlyList<SubnetWish> wishes, bool hasIPv6)
    {
        List<string> complaints = [];
        foreach (SubnetWish wish in wishes)
        {
            AddComplaints(complaints, wish, hasIPv6);
        }

        return Complaints.Join("invalid network config:", complaints);
    }

    private static void AddComplaints(List<string> complaints, SubnetWish wish, bool hasIPv6)
    {
        if (!Subnet.TryParse(wish.Subnet, out Subnet subnet, out IPAddress address))
        {
            complaints.Add($"invalid subnet {wish.Subnet}: invalid CIDR block notation");
            return;
        }

        if (subnet.IsIPv6 && !hasIPv6)
        {
            return; // it will not be used
        }

        if (!address.Equals(subnet.Address))
        {
            complaints.Add($"invalid subnet {wish.Subnet}: it should be {subnet}");
        }

        AddRange(complaints, wish.Range, subnet);
        if (AddressProblem(wish.Gateway, subnet) is string problem)
        {
            complaints.Add($"invalid gateway {wish.Gateway}: {problem}");
        }

        foreach ((string name, string auxiliary) in wish.Auxiliary ?? new Dictionary<string, string>())
        {
            if (AddressProblem(auxiliary, subnet) is string wrong)
            {
                complaints.Add($"invalid auxiliary address {name}: {wrong}");
            }
        }
    }

    private static void AddRange(List<string> complaints, string text, Subnet subnet)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (!Subnet.TryParse(text, out Subnet range, out IPAddress address))
        {
            complaints.Add($"invalid ip-range {text}: invalid CIDR block notation");
            return;
        }

        if (range.IsIPv6 != subnet.IsIPv6)
        {
            complaints.Add($"invalid ip-range {text}: parent subnet is an {Family(subnet)} block");
            return;
        }

        if (range.Length < subnet.Length)
        {
            complaints.Add($"invalid ip-range {text}: CIDR block is bigger than its parent subnet {subnet}");
        }

        if (!address.Equals(range.Address))
        {
            complaints.Add($"invalid ip-range {text}: it should be {range}");
        }

        if (!subnet.Overlaps(range))
        {
            complaints.Add($"invalid ip-range {text}: parent subnet {subnet} doesn't contain ip-range");
        }
    }

    private static string? AddressProblem(string text, Subnet subnet)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (!Subnet.TryParseAddress(text, out IPAddress address))
        {
            return "invalid address";
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6 != subnet.IsIPv6)
        {
            return $"parent subnet is an {Family(subnet)} block";
        }

        return subnet.Contains(address) ? null : $"parent subnet {subnet} doesn't contain this address";
    }

    private static string Family(Subnet subnet) => subnet.IsIPv6 ? "IPv6" : "IPv4";
}
