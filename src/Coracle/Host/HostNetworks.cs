using Coracle.Core;
using Coracle.Networking;
using Coracle.Runtime;
using Microsoft.Extensions.Logging;

namespace Coracle;

/// <summary>What networks stand on: this host's firewall and links, and the keeper.</summary>
internal sealed class HostNetworks : IAsyncDisposable
{
    /// <summary>Its servers are asked for names that no network has.</summary>
    private const string ResolvConf = "/etc/resolv.conf";

    private readonly FirewallWatch? _watch;

    private HostNetworks(HostNetworkDriver driver, Keeper keeper, FirewallWatch? watch)
    {
        Driver = driver;
        Keeper = keeper;
        _watch = watch;
    }

    public HostNetworkDriver Driver { get; }

    /// <summary>Started when something is first held by it.</summary>
    public Keeper Keeper { get; }

    public static HostNetworks Open(NetworkOptions options, RuntimeOptions runtime, ILogger logger)
    {
        IFirewall? firewall = HostNetworkDriver.FirewallOf(options);
        return new HostNetworks(
            new HostNetworkDriver(options, firewall, logger), new Keeper(runtime, ResolvConf, logger), firewall is null ? null : new FirewallWatch(firewall, logger));
    }

    public ISandboxKeeper KeeperOf(NetworkParts networks, ContainerStore containers, ILogger logger)
        => new SandboxKeeper(new EngineKeeper(Keeper), networks.Networks, networks.Options, id => containers.Find(id)?.Record, logger);

    public async ValueTask DisposeAsync()
    {
        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }

        Driver.Dispose();
        await Keeper.DisposeAsync();
    }
}
