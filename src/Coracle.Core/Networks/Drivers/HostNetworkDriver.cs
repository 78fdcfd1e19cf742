using System.Net.Sockets;
using Coracle.Linux;
using Coracle.Networking;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>Networks on this host, in the engine's own network namespace.</summary>
public sealed class HostNetworkDriver : INetworkDriver, IDisposable
{
    private readonly NetworkOptions _options;
    private readonly ILogger _logger;
    private readonly IFirewall? _firewall;
    private readonly BridgeDriver _bridges;
    private readonly ParentDriver _parents;
    private readonly SandboxJoin _joins;
    private readonly Dictionary<string, ParentNetwork> _parented = []; // its own lock
    private readonly HostClaim _claim = new();

    /// <param name="firewall">Null: the engine makes no rules. The caller's.</param>
    public HostNetworkDriver(NetworkOptions options, IFirewall? firewall, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _firewall = firewall;
        Action<string> warn = text => Log.HostNetworkWarning(logger, text);
        _bridges = new BridgeDriver(firewall, new Forwarding(options.IpForward), warn);
        _parents = new ParentDriver(warn);
        _joins = new SandboxJoin(warn);
    }

    /// <summary>The rules of this kernel's firewall, from the first network on; none where the engine is told to make none.</summary>
    public static IFirewall? FirewallOf(NetworkOptions options)
    {
        OwnersRules owners = options.Firewall == FirewallChoice.Integrate ? OwnersRules.Integrate : OwnersRules.Warn;
        return options.IpTables ? new LateFirewall(() => Firewall.Open(new FirewallOptions(owners, WantsIptables: options.FirewallBackend == "iptables"))) : null;
    }

    public IReadOnlyList<string> Warnings => _firewall?.Warnings ?? [];

    public void Recover(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<SandboxPlan> sandboxes, IReadOnlyList<PortMapping> ports) => Explain(() =>
    {
        if (networks.Count == 0)
        {
            return; // what is found here may be another engine's
        }

        Claim();
        HashSet<string> parents = [.. networks.Where(network => !IsBridge(network)).Select(network => HostShapes.ParentOf(network).Link)];
        SweptLinks swept = NetworkLeftovers.Sweep(new WantedLinks(
            networks.Select(network => network.Id.Text).ToHashSet(),
            sandboxes.SelectMany(sandbox => sandbox.Endpoints).Select(plan => plan.Endpoint.Id).ToHashSet(),
            parents));
        _firewall?.Reconcile(new FirewallState(
            [.. networks.Where(IsBridge).Select(network => BridgeOf(network).Rules)], [.. ports.Select(HostShapes.PortOf)]));
        foreach (SandboxPlan sandbox in swept.Removed.Count > 0 ? sandboxes : [])
        {
            RestoreWayOut(sandbox); // one of those links may have been where its default route went
        }
    });

    public void Make(NetworkRecord network) => Explain(() =>
    {
        Claim();
        if (IsBridge(network))
        {
            _bridges.Ensure(BridgeOf(network));
            return;
        }

        ParentNetwork parent = HostShapes.ParentOf(network);
        _parents.Ensure(parent);
        lock (_parented)
        {
            _parented[network.Id.Text] = parent;
        }
    });

    public void Remove(NetworkRecord network) => Explain(() =>
    {
        if (IsBridge(network))
        {
            _bridges.Remove(BridgeOf(network));
            return;
        }

        List<ParentNetwork> others;
        lock (_parented)
        {
            _parented.Remove(network.Id.Text);
            others = [.. _parented.Values];
        }

        _parents.Remove(HostShapes.ParentOf(network), others);
    });

    public IReadOnlyList<EndpointPlan> Join(SandboxReference sandbox, IReadOnlyList<EndpointPlan> endpoints, IReadOnlyList<EndpointPlan> present) => Explain(() =>
    {
        using SafeFileHandle space = SandboxJoin.OpenSpace(sandbox.Pid);
        IReadOnlyList<JoinedEndpoint> joined = _joins.Join(space, [.. endpoints.Select(HostShapes.EndpointOf)], [.. present.Select(HostShapes.JoinedOf)]);
        return (IReadOnlyList<EndpointPlan>)[.. endpoints.Select((plan, i) => plan with
        {
            InterfaceName = joined[i].InterfaceName,
            HostLink = joined[i].HostName ?? "",
        })];
    });

    public void Leave(SandboxReference? sandbox, EndpointPlan endpoint, IReadOnlyList<EndpointPlan> remaining) => Explain(() =>
    {
        using SafeFileHandle? space = sandbox is null ? null : SandboxJoin.OpenSpace(sandbox.Pid);
        _joins.Leave(space, HostShapes.JoinedOf(endpoint), [.. remaining.Select(HostShapes.JoinedOf)]);
        ForgetFlows(endpoint);
    });

    public void Publish(IReadOnlyList<PortMapping> ports) => Explain(() =>
    {
        List<Networking.PublishedPort> published = [.. ports.Select(HostShapes.PortOf)];
        _firewall?.Publish(published);
        foreach (Networking.PublishedPort port in _firewall is null ? [] : published)
        {
            StaleFlows.Forget(port); // a client that went on sending would reach whoever had the port before
        }
    });

    public void Withdraw(IReadOnlyList<PortMapping> ports) => Explain(() => _firewall?.Withdraw([.. ports.Select(HostShapes.PortOf)]));

    public IReadOnlyList<Subnet> HostRoutes()
    {
        using RouteSocket route = RouteSocket.Open();
        return [.. RoutesOf(route, AddressFamily.InterNetwork), .. RoutesOf(route, AddressFamily.InterNetworkV6)];
    }

    public IReadOnlyList<BridgeAddress> AddressesOf(string link)
    {
        using RouteSocket route = RouteSocket.Open();
        return route.TryFindLink(link) is not { } found ? []
            : [.. route.Addresses(found.Index).Where(one => !one.Address.IsIPv6LinkLocal).Select(one => new BridgeAddress(one.Address, one.PrefixLength))];
    }

    public void Dispose()
    {
        _firewall?.Dispose();
        _claim.Dispose();
    }

    private void RestoreWayOut(SandboxPlan plan)
    {
        if (plan.Sandbox.Pid == 0 || plan.Endpoints.Count == 0)
        {
            return;
        }

        try
        {
            using SafeFileHandle space = SandboxJoin.OpenSpace(plan.Sandbox.Pid);
            _joins.RestoreWayOut(space, [.. plan.Endpoints.Select(HostShapes.JoinedOf)]);
        }
        catch (Exception refused) when (refused is NetworkingException or LinuxException)
        {
            Log.WayOutNotRestored(_logger, plan.Sandbox.Container, refused);
        }
    }

    private void Claim()
    {
        if (!_claim.TryTake())
        {
            throw new NetworkingException("another engine makes networks on this host (it holds the socket \"@coracle networks\"): stop it, or give this one --bridge none");
        }
    }

    private static IEnumerable<Subnet> RoutesOf(RouteSocket route, AddressFamily family)
        => route.Routes(family).Where(one => !one.IsDefault && one.Kind == RouteKind.Unicast)
            .Select(one => Subnet.Around(one.Destination.BaseAddress, one.Destination.PrefixLength));

    private static bool IsBridge(NetworkRecord network) => network.Driver == NetworkNames.Bridge;

    private BridgeNetwork BridgeOf(NetworkRecord network) => HostShapes.BridgeOf(network) with { FiltersIPv6 = _options.Ip6Tables };

    /// <summary>Its address may be another's next, whom the flows of the last would reach.</summary>
    private static void ForgetFlows(EndpointPlan endpoint)
    {
        foreach (bool isIPv6 in new[] { false, true })
        {
            if (endpoint.Network.Driver == NetworkNames.Bridge && endpoint.AddressOf(isIPv6) is { } address)
            {
                StaleFlows.Forget(address);
            }
        }
    }

    private static void Explain(Action act) => Explain(() =>
    {
        act();
        return true;
    });

    private static T Explain<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception refused) when (refused is NetworkingException or LinuxException)
        {
            throw new EngineException(Refusal.Failed, refused.Message, refused);
        }
    }
}
