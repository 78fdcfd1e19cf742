using Coracle.Core;
using Coracle.Linux;
using Coracle.Networking;
using Coracle.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Core;

/// <summary>What the host's side would be asked for, written down.</summary>
internal sealed class FakeNetworkDriver : INetworkDriver
{
    public List<string> Asked { get; } = [];

    public List<Subnet> Routes { get; } = [];

    /// <summary>The verb that fails, once.</summary>
    public string Fails { get; set; } = "";

    public IReadOnlyList<string> Warnings => [];

    /// <summary>Of every link.</summary>
    public List<BridgeAddress> Addresses { get; } = [];

    public IReadOnlyList<BridgeAddress> AddressesOf(string link) => Addresses;

    public void Recover(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<SandboxPlan> sandboxes, IReadOnlyList<PortMapping> ports)
        => Note("recover", string.Join(' ', [.. sandboxes.SelectMany(sandbox => sandbox.Endpoints).Select(plan => $"{plan.Network.Name}/{plan.HostLink}"), .. ports.Select(port => port.ToString())]));

    public void Make(NetworkRecord network) => Note("make", network.Name);

    public void Remove(NetworkRecord network) => Note("remove", network.Name);

    public IReadOnlyList<EndpointPlan> Join(SandboxReference sandbox, IReadOnlyList<EndpointPlan> endpoints, IReadOnlyList<EndpointPlan> present)
    {
        Note("join", $"{Names(endpoints)} to [{Names(present)}] {sandbox.Pid}");
        return [.. endpoints.Select((plan, i) => plan with { InterfaceName = $"eth{present.Count + i}", HostLink = $"veth-{plan.Network.Name}" })];
    }

    public void Leave(SandboxReference? sandbox, EndpointPlan endpoint, IReadOnlyList<EndpointPlan> remaining)
        => Note("leave", $"{endpoint.Network.Name}/{endpoint.HostLink} of [{Names(remaining)}] {sandbox?.Pid}".TrimEnd());

    public void Publish(IReadOnlyList<PortMapping> ports) => Note("publish", string.Join(' ', ports));

    public void Withdraw(IReadOnlyList<PortMapping> ports) => Note("withdraw", string.Join(' ', ports));

    private static string Names(IReadOnlyList<EndpointPlan> plans) => string.Join(' ', plans.Select(plan => $"{plan.Network.Name} {plan.Endpoint.IPv4}".TrimEnd()));

    public IReadOnlyList<Subnet> HostRoutes() => Routes;

    private void Note(string verb, string what)
    {
        Asked.Add($"{verb} {what}");
        if (verb == Fails)
        {
            Fails = "";
            throw new EngineException(Refusal.Failed, what);
        }
    }
}

/// <summary>Containers that only networks know.</summary>
internal sealed class FakeMembers : INetworkMembers
{
    public Dictionary<string, NetworkMember> All { get; } = [];

    public List<string> Told { get; } = [];

    public NetworkMember Find(string idOrName)
        => All.GetValueOrDefault(idOrName) ?? throw new EngineException(Refusal.NotFound, "No such container: " + idOrName);

    public Task ConnectAsync(string container, NetworkRecord network, EndpointSettings settings, CancellationToken cancellationToken)
    {
        Told.Add($"connect {network.Name} {settings.IpamConfig?.IPv4Address}".TrimEnd());
        All[container] = All[container] with { Networks = [.. All[container].Networks, network.Name] };
        return Task.CompletedTask;
    }

    public Task DisconnectAsync(string container, NetworkRecord network, CancellationToken cancellationToken)
    {
        Told.Add("disconnect " + network.Name);
        All[container] = All[container] with { Networks = [.. All[container].Networks.Where(name => name != network.Name)] };
        return Task.CompletedTask;
    }
}

/// <summary>The networks of one engine on a directory of their own, which the next engine finds again.</summary>
internal sealed class NetworkBench : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("coracle-networks").FullName;
    private readonly DirectoryHandle _directory;

    public NetworkBench(NetworkOptions? options = null)
    {
        _directory = DirectoryHandle.Open(_path);
        Networks = Open(options);
        Connections = new NetworkConnections(Networks, Members);
    }

    public FakeNetworkDriver Driver { get; } = new();

    public FakeMembers Members { get; } = new();

    public EventStream Events { get; } = new(TimeProvider.System);

    public NetworkStore Networks { get; private set; }

    public NetworkConnections Connections { get; private set; }

    public string Path => _path;

    public NetworkStore Open(NetworkOptions? options = null)
    {
        Networks = new NetworkStore(new NetworkRecords(_directory, NullLogger.Instance), Driver, options ?? new NetworkOptions(), "device", Events, TimeProvider.System, NullLogger.Instance);
        Networks.Recover();
        Networks.MakeAll();
        Connections = new NetworkConnections(Networks, Members);
        return Networks;
    }

    /// <summary>A network of a request's shape.</summary>
    public Network Create(string name, string subnet = "", string range = "", string gateway = "", params (string Name, string Value)[] options)
        => Networks.Create(new NetworkWish(name)
        {
            Subnets = subnet.Length > 0 ? [new SubnetWish(subnet, range, gateway)] : [],
            Options = options.ToDictionary(option => option.Name, option => option.Value),
        });

    public NetworkEndpoint Allocate(Network network, string container) => Networks.Allocate(network.Id, new EndpointWish(Id(container), container));

    public static string Id(string container) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(container)));

    /// <summary>As <c>verb name</c>; what was told of containers with whom.</summary>
    public IReadOnlyList<string> Told()
    {
        (IReadOnlyList<EngineEvent> past, EventSubscription next) = Events.Subscribe();
        next.Dispose();
        return [.. past.Select(e => $"{e.Action} {e.Attributes.GetValueOrDefault("name")} {e.Attributes.GetValueOrDefault("type")} {e.Attributes.GetValueOrDefault("container")}".TrimEnd())];
    }

    public void Dispose()
    {
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }
}
