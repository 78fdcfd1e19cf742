using System.Buffers.Binary;
using System.Text;
using Coracle.Core;
using Coracle.Dns;
using Coracle.Networking;
using Coracle.Oci;
using Coracle.Runtime;
using Coracle.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Core;

/// <summary>Containers on networks whose names a keeper of no process has; and questions answered by what it was told.</summary>
internal sealed class NamesBench : IDisposable
{
    private const int A = 1, Ptr = 12;

    private readonly NetworkBench _networks = new();

    public NamesBench(NetworkOptions? options = null) => Names = NewEngine(options);

    public FakeKeeper Keeper { get; } = new();

    public Dictionary<string, ContainerRecord> Records { get; } = [];

    public Coracle.Core.SandboxNames Names { get; private set; }

    public NetworkStore Networks => _networks.Networks;

    public Coracle.Core.SandboxNames NewEngine(NetworkOptions? options = null)
        => Names = new(Keeper, _networks.Networks, options ?? new NetworkOptions(), Records.GetValueOrDefault, NullLogger.Instance);

    public Network Create(string name, string subnet, bool isInternal = false) => Networks.Create(new NetworkWish(name)
    {
        Subnets = [new SubnetWish(subnet, "", "")],
        Internal = isInternal,
    });

    /// <summary>As a start does it: addresses, the record with them.</summary>
    public ContainerRecord Start(string name, HostConfig? host, params (string Network, EndpointSettings Wish)[] networks)
    {
        ContainerRecord record = new()
        {
            Id = NetworkBench.Id(name),
            Name = name,
            Created = DateTimeOffset.UnixEpoch,
            ImageId = Digest.Of([]),
            Layers = [],
            Config = new ContainerConfig { Hostname = name + "-host" },
            HostConfig = host ?? new HostConfig(),
            Sandbox = new SandboxState(),
        };
        return networks.Aggregate(record, (before, network) => Connect(before, network.Network, network.Wish));
    }

    public ContainerRecord Start(string name, params string[] networks)
        => Start(name, null, [.. networks.Select(network => (network, new EndpointSettings()))]);

    public ContainerRecord Connect(ContainerRecord record, string network, EndpointSettings? wish = null)
    {
        Network joined = Networks.Get(network);
        NetworkEndpoint endpoint = Networks.Allocate(joined.Id, new EndpointWish(record.Id, record.Name));
        GivenEndpoint given = new() { Network = network, NetworkId = joined.Id.Text, IPAddress = endpoint.IPv4?.Address.ToString() ?? "" };
        return Records[record.Id] = record with
        {
            Networks = [.. record.Networks, new NetworkMembership { Network = network, NetworkId = joined.Id.Text, Wish = wish ?? new EndpointSettings() }],
            Sandbox = new SandboxState { Endpoints = [.. record.Sandbox!.Endpoints, given] },
        };
    }

    public ContainerRecord Disconnect(ContainerRecord record, string network)
    {
        Networks.Release(Networks.Get(network).Id, record.Id);
        return Records[record.Id] = record with
        {
            Networks = [.. record.Networks.Where(membership => membership.Network != network)],
            Sandbox = new SandboxState { Endpoints = [.. record.Sandbox!.Endpoints.Where(endpoint => endpoint.Network != network)] },
        };
    }

    public Task ChangedAsync(string network) => Names.NetworkChangedAsync(Networks.Get(network).Id);

    /// <summary>What a container is told: addresses, a name for an address, <c>outside</c>, or <c>failure</c>.</summary>
    public string Ask(ContainerRecord container, string name)
    {
        ResolverSettings settings = Keeper.Served[container.Id];
        NameTable[] tables = [.. settings.Tables.Select(key => Keeper.Tables.TryGetValue(key, out byte[]? record) ? NameTable.Read(record) : NameTable.Empty)];
        bool isReverse = name.EndsWith(".arpa", StringComparison.Ordinal);
        byte[] question = Dns.Serving.Ask.For(name, isReverse ? Ptr : A);
        NameServerReply reply = Dns.Serving.Ask.Answer(new(tables, settings.Outside), question, out byte[] answer);
        return reply.Verdict == NameServerVerdict.Forward ? "outside"
            : Dns.Serving.Ask.Code(answer) != 0 ? "failure"
            : isReverse ? Name(answer, question.Length)
            : string.Join(' ', Dns.Serving.Ask.Addresses(answer, question).Select(address => address.ToString()).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _networks.Dispose();

    /// <summary>The labels of the first record's data: after a pointer to its name, type, class, seconds and length.</summary>
    private static string Name(byte[] answer, int at)
    {
        const int BeforeLength = 10;
        int end = at + BeforeLength + 2 + BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + BeforeLength));
        List<string> labels = [];
        for (int i = at + BeforeLength + 2; i < end && answer[i] > 0; i += 1 + answer[i])
        {
            labels.Add(Encoding.UTF8.GetString(answer, i + 1, answer[i]));
        }

        return string.Join('.', labels);
    }
}
