using System.Net;
using Coracle.Linux;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>The network verbs of one engine, wired to the rooms below. Made once by the composition root.</summary>
public sealed class NetworkParts : IDisposable
{
    private readonly DirectoryHandle _directory;

    /// <param name="store">Owned by the caller; outlives this.</param>
    /// <param name="deviceId">Stable for this device and data root.</param>
    public NetworkParts(
        Store store, INetworkDriver driver, INetworkMembers members, NetworkOptions options, string deviceId, EventStream events, TimeProvider time,
        ILogger logger)
    {
        _directory = store.Root.OpenOrCreateDirectory("networks");
        Options = options;
        Driver = driver;
        Networks = new NetworkStore(new NetworkRecords(_directory, logger), driver, options, deviceId, events, time, logger);
        Connections = new NetworkConnections(Networks, members);
        Prune = new NetworkPrune(Networks, time);
    }

    public NetworkOptions Options { get; }

    public INetworkDriver Driver { get; }

    public NetworkStore Networks { get; }

    public NetworkConnections Connections { get; }

    public NetworkPrune Prune { get; }

    /// <summary>What <c>host-gateway</c> stands for: what the operator said, or the default bridge's own addresses. One a family at most.</summary>
    public IReadOnlyList<IPAddress> HostGateways()
    {
        if (Options.HostGateways.Count > 0)
        {
            return Options.HostGateways;
        }

        return Networks.TryGet(NetworkNames.Bridge, out Network? bridge)
            ? [.. bridge.Record.Subnets.Where(subnet => subnet.Gateway is not null).DistinctBy(subnet => subnet.Subnet.IsIPv6).Select(subnet => subnet.Gateway!)]
            : [];
    }

    public void Dispose() => _directory.Dispose();
}
