using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Networking;
using Coracle.Oci;
using Coracle.RootTests.Runtime;
using Coracle.Tests.Dns.Serving;
using Coracle.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using TransportProtocol = Coracle.Linux.TransportProtocol;

namespace Coracle.RootTests.Keeper;

/// <summary>Core's side of the keeper with the published program: sandboxes are network namespaces of processes that only sleep.</summary>
[Trait("Needs", "root"), Collection(MonitorHouse.Shared)]
public sealed class SandboxKeeperTests(MonitorHouse monitors)
{
    private const int A = 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_are_answered_at_port_53_with_the_engine_killed_and_by_another_keeper_when_both_were()
    {
        using KeeperHouse house = new(monitors);
        using NetworkThread sandbox = new();
        using Life life = new();
        Process process = house.NewContainer(sandbox);
        Network lan = life.Create("lan");
        life.Start("db", lan);
        ContainerRecord web = life.Start("web", lan);
        await using (Coracle.Runtime.Keeper first = house.NewEngine())
        {
            await life.KeeperOf(first).ServeAsync(web, process.Id, Cancel);
            Assert.Equal("10.1.0.2", await AskAsync(sandbox, "db"));
        }

        Assert.Equal("10.1.0.2", await AskAsync(sandbox, "db"));
        life.Start("late", lan);
        await using (Coracle.Runtime.Keeper second = house.NewEngine())
        {
            await life.KeeperOf(second).RecoverAsync([(web, process.Id)], Cancel);
            Assert.Equal("10.1.0.4", await AskAsync(sandbox, "late"));
        }

        Process.GetProcessById(Assert.Single(house.Keepers())).Kill();
        await KeeperHouse.UntilAsync(() => house.Keepers().Length == 0);
        await using Coracle.Runtime.Keeper third = house.NewEngine();
        await life.KeeperOf(third).RecoverAsync([(web, process.Id)], Cancel);
        Assert.Equal("10.1.0.2", await AskAsync(sandbox, "db")); // at other ports: the sandbox's own rule was made anew
        await life.KeeperOf(third).ReleaseAsync(web.Id);
    }

    [Fact]
    public async Task A_container_that_has_ended_cannot_be_served_and_leaves_nothing()
    {
        using KeeperHouse house = new(monitors);
        using Life life = new();
        Process process = house.NewContainer();
        process.Kill();
        await process.WaitForExitAsync(Cancel);
        ContainerRecord web = life.Start("web", life.Create("lan"));
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        SandboxKeeper core = life.KeeperOf(keeper);
        EngineException ended = await Assert.ThrowsAsync<EngineException>(() => core.ServeAsync(web, process.Id, Cancel));
        Assert.Contains("the container has ended", ended.Message, StringComparison.Ordinal);
        await core.PortsOf(web.Id).HoldAsync([Mapping("0.0.0.0")], Cancel);
        await core.AttendAsync(web.Id, process.Id, Cancel);
        Assert.Empty((await keeper.FindAsync(Cancel))!.Tenants);
    }

    [Fact]
    public async Task Ports_are_held_again_when_the_keeper_was_lost_with_the_engine_but_for_those_that_are_taken()
    {
        using KeeperHouse house = new(monitors);
        using Life life = new();
        Process process = house.NewContainer();
        string container = NewId();
        PortMapping[] ports = [Mapping("0.0.0.0"), Mapping("::"), Mapping("0.0.0.0", PortProtocol.Udp)];
        await using (Coracle.Runtime.Keeper first = house.NewEngine())
        {
            SandboxKeeper core = life.KeeperOf(first);
            Assert.Null(await core.PortsOf(container).HoldAsync(ports, Cancel));
            Assert.Equal(Errno.EADDRINUSE, (await core.PortsOf(NewId()).HoldAsync(ports, Cancel))!.Error);
            await core.AttendAsync(container, process.Id, Cancel);
        }

        Process.GetProcessById(Assert.Single(house.Keepers())).Kill();
        await KeeperHouse.UntilAsync(() => house.Keepers().Length == 0);
        using Socket taken = await house.ListenOnceFreeAsync("0.0.0.0", 8080, ProtocolType.Udp);
        for (int engine = 0; engine < 2; engine++) // the second one finds them held
        {
            await using Coracle.Runtime.Keeper next = house.NewEngine();
            await life.KeeperOf(next).RecoverPortsAsync([(container, process.Id, ports)], Cancel);
            Assert.Equal(2, Assert.Single((await next.FindAsync(Cancel))!.Tenants).Ports.Count);
        }

        Assert.Throws<SocketException>(() => house.Listen("::", 8080, ProtocolType.Tcp));
        process.Kill();
        await KeeperHouse.UntilAsync(() => house.Keepers().Length == 0);
        (await house.ListenOnceFreeAsync("::", 8080, ProtocolType.Tcp)).Dispose();
    }

    [Fact]
    public async Task A_listener_waits_for_the_keeper_and_goes_to_the_next_one_too()
    {
        using KeeperHouse house = new(monitors);
        using Socket listener = house.Listen("127.0.0.1", 0, ProtocolType.Tcp);
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        await keeper.KeepOnceStartedAsync("api", [KeeperHouse.Borrow(listener)], Cancel);
        Assert.Empty(house.Keepers());

        await keeper.HoldAsync("c", KeeperHouse.Hold(TransportProtocol.Tcp, "127.0.0.1", 0), Cancel);
        Assert.Equal(["api"], (await keeper.FindAsync(Cancel))!.Kept);
        int first = Assert.Single(house.Keepers());
        Process.GetProcessById(first).Kill();
        await KeeperHouse.UntilAsync(() => house.Keepers() is [int other] && other != first);
        using Socket again = UnixSockets.AsSocket(Assert.Single(await keeper.FetchAsync("api", Cancel)));
        Assert.Equal(listener.LocalEndPoint, again.LocalEndPoint);
        await keeper.DropAsync("api", Cancel);
        await keeper.ReleaseAsync("c", Cancel);
    }

    private static PortMapping Mapping(string host, PortProtocol protocol = PortProtocol.Tcp)
        => new(protocol, IPAddress.Parse(host), 8080, IPAddress.Parse("172.18.0.2"), 80);

    private static string NewId() => NetworkId.Create().Text;

    /// <summary>As a container's program asks: at port 53.</summary>
    private static async Task<string> AskAsync(NetworkThread sandbox, string name)
    {
        using Socket client = sandbox.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        await client.ConnectAsync(new IPEndPoint(ResolverRedirect.Resolver, 53), Cancel);
        byte[] question = Ask.For(name, A), answer = new byte[4096];
        _ = await client.SendAsync(question, Cancel);
        int length = await client.ReceiveAsync(answer, Cancel).AsTask().WaitAsync(MonitorHouse.Limit, Cancel);
        return string.Join(' ', Ask.Addresses(answer[..length], question).Select(address => address.ToString()));
    }

    /// <summary>Networks and containers of one engine after the other.</summary>
    private sealed class Life : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("coracle-names").FullName;
        private readonly DirectoryHandle _directory;
        private readonly Dictionary<string, ContainerRecord> _records = [];
        private readonly NetworkStore _networks;

        public Life()
        {
            _directory = DirectoryHandle.Open(_path);
            _networks = new NetworkStore(
                new NetworkRecords(_directory, NullLogger.Instance), new NoDriver(), new NetworkOptions { Bridge = NetworkOptions.NoBridge }, "device",
                new EventStream(TimeProvider.System), TimeProvider.System, NullLogger.Instance);
            _networks.Recover();
        }

        public SandboxKeeper KeeperOf(Coracle.Runtime.Keeper keeper)
            => new(new EngineKeeper(keeper), _networks, new NetworkOptions(), _records.GetValueOrDefault, NullLogger.Instance);

        public Network Create(string name) => _networks.Create(new NetworkWish(name) { Subnets = [new SubnetWish("10.1.0.0/16", "", "")] });

        public ContainerRecord Start(string name, Network network)
        {
            string id = NewId();
            _networks.Allocate(network.Id, new EndpointWish(id, name));
            return _records[id] = new ContainerRecord
            {
                Id = id,
                Name = name,
                Created = DateTimeOffset.UnixEpoch,
                ImageId = Digest.Of([]),
                Layers = [],
                Config = new ContainerConfig(),
                HostConfig = new HostConfig(),
                Networks = [new NetworkMembership { Network = network.Name, NetworkId = network.Id.Text }],
                Sandbox = new SandboxState { Endpoints = [new GivenEndpoint { Network = network.Name, NetworkId = network.Id.Text }] },
            };
        }

        public void Dispose()
        {
            _directory.Dispose();
            Directory.Delete(_path, recursive: true);
        }
    }

    /// <summary>There are no links: only names.</summary>
    private sealed class NoDriver : INetworkDriver
    {
        public IReadOnlyList<string> Warnings => [];

        public void Recover(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<SandboxPlan> sandboxes, IReadOnlyList<PortMapping> ports)
        {
        }

        public void Make(NetworkRecord network)
        {
        }

        public void Remove(NetworkRecord network)
        {
        }

        public IReadOnlyList<EndpointPlan> Join(SandboxReference sandbox, IReadOnlyList<EndpointPlan> endpoints, IReadOnlyList<EndpointPlan> present) => endpoints;

        public void Leave(SandboxReference? sandbox, EndpointPlan endpoint, IReadOnlyList<EndpointPlan> remaining)
        {
        }

        public void Publish(IReadOnlyList<PortMapping> ports)
        {
        }

        public void Withdraw(IReadOnlyList<PortMapping> ports)
        {
        }

        public IReadOnlyList<Subnet> HostRoutes() => [];

        public IReadOnlyList<BridgeAddress> AddressesOf(string link) => [];
    }
}
