using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>From a wish to a record, up to its addresses: every rule that needs no more than the other networks' records.</summary>
internal static class NetworkDraft
{
    private const string EnableIPv4Option = "com.docker.network.enable_ipv4";

    private const string EnableIPv6Option = "com.docker.network.enable_ipv6";

    private const string DefaultIpam = "default";

    /// <param name="others">Every network there is.</param>
    /// <returns>Its subnets are those that were asked for, as they were.</returns>
    /// <exception cref="EngineException">In Docker's words and order.</exception>
    public static NetworkRecord Of(NetworkWish wish, NetworkOptions defaults, IReadOnlyList<NetworkRecord> others, DateTimeOffset now)
    {
        if (NetworkNames.IsPredefined(wish.Name))
        {
            throw new EngineException(Refusal.Forbidden, $"operation is not permitted on predefined {wish.Name} network ");
        }

        string driver = wish.Driver.Length > 0 ? wish.Driver : NetworkNames.Bridge;
        if (driver == "overlay")
        {
            throw new EngineException(
                Refusal.Forbidden,
                "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.");
        }

        NetworkRecord draft = Draft(wish, driver, defaults, now);
        if (SubnetRules.Complaint(wish.Subnets, draft.EnableIPv6) is string complaint)
        {
            throw Invalid(complaint);
        }

        CheckName(wish.Name, others);
        CheckConfiguration(wish, draft);
        draft = draft with { Subnets = [.. wish.Subnets.Where(subnet => IsUsed(subnet, draft)).Select(Asked)] };
        return wish.ConfigOnly ? draft with { Driver = NetworkNames.NullDriver } : Complete(wish, draft, others);
    }

    private static NetworkRecord Draft(NetworkWish wish, string driver, NetworkOptions defaults, DateTimeOffset now)
    {
        Dictionary<string, string> options = new(wish.Options, StringComparer.Ordinal);
        if (wish.ConfigFrom.Length == 0 && defaults.DriverDefaults.TryGetValue(driver, out IReadOnlyDictionary<string, string>? given))
        {
            foreach ((string name, string value) in given)
            {
                options.TryAdd(name, value);
            }
        }

        return new NetworkRecord
        {
            Id = NetworkId.Create(),
            Name = wish.Name,
            Created = now,
            Driver = driver,
            Scope = wish.Scope.Length > 0 ? wish.Scope : "local",
            EnableIPv4 = IsEnabled(wish.EnableIPv4, options, EnableIPv4Option, otherwise: true),
            EnableIPv6 = IsEnabled(wish.EnableIPv6, options, EnableIPv6Option, otherwise: false),
            Internal = wish.Internal,
            Attachable = wish.Attachable,
            ConfigOnly = wish.ConfigOnly,
            ConfigFrom = wish.ConfigFrom,
            IpamDriver = wish.IpamDriver.Length > 0 ? wish.IpamDriver : DefaultIpam,
            IpamOptions = wish.IpamOptions,
            Options = options,
            Labels = wish.Labels,
        };
    }

    private static bool IsEnabled(bool? wanted, Dictionary<string, string> options, string option, bool otherwise)
    {
        if (wanted is bool given)
        {
            options.Remove(option); // it would say otherwise in inspect
            return given;
        }

        return options.TryGetValue(option, out string? text)
            ? OptionReader.Truth(text) ?? throw Invalid($"driver-opt \"{option}\" is not a valid bool")
            : otherwise;
    }

    private static void CheckName(string name, IReadOnlyList<NetworkRecord> others)
    {
        if (name.Trim().Length == 0)
        {
            throw Invalid("invalid name: name is empty");
        }

        if (others.Any(other => other.Name == name))
        {
            throw new EngineException(Refusal.Conflict, $"network with name {name} already exists");
        }
    }

    private static void CheckConfiguration(NetworkWish wish, NetworkRecord draft)
    {
        if (wish.ConfigOnly && (wish.Ingress || wish.Internal || wish.Attachable || wish.Scope.Length > 0))
        {
            throw Forbidden(
                "configuration network can only contain network specific fields. Network operator fields like "
                + "[ ingress | internal | attachable | scope ] are not supported.");
        }

        if (wish.ConfigFrom.Length == 0)
        {
            return;
        }

        if (wish.ConfigOnly)
        {
            throw Forbidden("a configuration network cannot depend on another configuration network");
        }

        if (draft.IpamDriver != DefaultIpam || !draft.EnableIPv4 || draft.EnableIPv6 || draft.Labels.Count > 0 || draft.IpamOptions?.Count > 0 || wish.Subnets.Count > 0)
        {
            throw Forbidden("user-specified configurations are not supported if the network depends on a configuration network");
        }

        if (draft.Options.Count > 0)
        {
            throw Forbidden("network driver options are not supported if the network depends on a configuration network");
        }
    }

    private static NetworkRecord Complete(NetworkWish wish, NetworkRecord draft, IReadOnlyList<NetworkRecord> others)
    {
        CheckDriver(draft.Driver);
        if (wish.Ingress)
        {
            throw Forbidden("Ingress network can only be global scope network");
        }

        NetworkRecord network = wish.ConfigFrom.Length == 0 ? draft : WithConfiguration(draft, others);
        if (wish.Scope == "swarm")
        {
            throw Forbidden("cannot create a swarm scoped network when swarm is not active");
        }

        if (network.IpamDriver != DefaultIpam)
        {
            throw network.IpamDriver == NetworkNames.NullDriver
                ? Invalid("ipv4 pool is empty")
                : new EngineException(Refusal.NotFound, $"plugin \"{network.IpamDriver}\" not found");
        }

        CheckFamilies(network);
        DriverRules.NeedsGateway(network, isIPv6: false); // reads its options, and says what is wrong with them
        DriverRules.CheckAgainst(network, others);
        return network;
    }

    private static void CheckDriver(string driver)
    {
        if (NetworkNames.IsSpecial(driver))
        {
            throw Forbidden($"only one instance of \"{driver}\" network is allowed");
        }

        if (!NetworkNames.Drivers.Contains(driver))
        {
            throw new EngineException(Refusal.NotFound, $"plugin \"{driver}\" not found");
        }
    }

    private static void CheckFamilies(NetworkRecord network)
    {
        if (network.Driver == NetworkNames.Bridge
            && (network.Subnets.Count(subnet => subnet.Subnet.IsIPv6) > 1 || network.Subnets.Count(subnet => !subnet.Subnet.IsIPv6) > 1))
        {
            throw Forbidden("bridge driver doesn't support multiple subnets");
        }

        foreach (NetworkSubnet subnet in network.Subnets.Where(subnet => subnet.Subnet.IsIPv6 && network.EnableIPv6))
        {
            if (IPv6Problem(subnet.Subnet) is string problem)
            {
                throw Invalid(problem);
            }
        }
    }

    /// <summary>The kernel gives every link an address of fe80::/64; one of ours there must be of the same length.</summary>
    internal static string? IPv6Problem(Subnet subnet)
    {
        Subnet linkLocal = Subnet.Parse("fe80::/64");
        return subnet.Address.IsIPv6Multicast ? $"multicast subnet '{subnet}' is not allowed"
            : subnet != linkLocal && linkLocal.Overlaps(subnet) ? $"'{subnet}' clashes with the Link-Local prefix 'fe80::/64'"
            : null;
    }

    private static NetworkRecord WithConfiguration(NetworkRecord draft, IReadOnlyList<NetworkRecord> others)
    {
        NetworkRecord source = others.FirstOrDefault(other => other.ConfigOnly && other.Name == draft.ConfigFrom)
            ?? throw new EngineException(Refusal.NotFound, $"configuration network \"{draft.ConfigFrom}\" does not exist");
        return draft with
        {
            EnableIPv4 = source.EnableIPv4,
            EnableIPv6 = source.EnableIPv6,
            IpamDriver = source.IpamDriver,
            IpamOptions = source.IpamOptions,
            Subnets = source.Subnets,
            Options = source.Options,
            Labels = source.Labels,
        };
    }

    /// <summary>What is of IPv6 and not used was not looked at by the rules either.</summary>
    private static bool IsUsed(SubnetWish wish, NetworkRecord draft) => draft.EnableIPv6 || (Subnet.TryParse(wish.Subnet, out Subnet subnet, out _) && !subnet.IsIPv6);

    /// <summary>After the rules have found nothing wrong with it.</summary>
    private static NetworkSubnet Asked(SubnetWish wish) => new(
        Subnet.Parse(wish.Subnet),
        wish.Range.Length > 0 ? Subnet.Parse(wish.Range) : null,
        wish.Gateway.Length > 0 ? IPAddress.Parse(wish.Gateway) : null,
        wish.Auxiliary?.ToDictionary(pair => pair.Key, pair => IPAddress.Parse(pair.Value)),
        IsAsked: true);

    private static EngineException Invalid(string message) => new(Refusal.InvalidArgument, message);

    private static EngineException Forbidden(string message) => new(Refusal.Forbidden, message);
}
