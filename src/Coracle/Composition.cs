using Coracle.Api;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Networking;
using Coracle.Runtime;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle;

/// <summary>Makes the rooms and hands each what it needs. The only place that knows them all.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly MonitorProgram _monitor;
    private readonly ContainerParts _containers;
    private readonly NetworkParts _networks;
    private readonly HostNetworks _host;
    private readonly ImageParts _images;

    private Composition(MonitorProgram monitor, ContainerParts containers, NetworkParts networks, HostNetworks host, ImageParts images, ApiDispatcher api)
    {
        _monitor = monitor;
        _containers = containers;
        _networks = networks;
        _host = host;
        _images = images;
        Api = api;
    }

    /// <summary>What answers requests.</summary>
    public ApiDispatcher Api { get; }

    public Keeper Keeper => _host.Keeper;

    /// <returns>With every container of an earlier engine found again.</returns>
    public static async Task<Composition> CreateAsync(EngineOptions options, Store store, ILogger logger)
    {
        TimeProvider time = TimeProvider.System;
        EventStream events = new(time);
        ImageCatalog catalog = new(store);
        HostFacts facts = HostFactsReader.Read(options, CgroupSetup.Begin(options, logger));

        MonitorProgram monitor = CarriedMonitor.Load(options.ExecRoot);
        RuntimeOptions runtimeOptions = new(options.ExecRoot, monitor) { Cgroups = CgroupSetup.DriverOf(facts.Cgroups) };
        MonitorRuntime runtime = new(new MonitorLauncher(runtimeOptions, logger));
        ContainerParts containers = new(store, runtime, catalog, LaunchSettingsOf(options, facts), options.ExecRoot, events, time, logger);
        HostNetworks host = HostNetworks.Open(options.Network, runtimeOptions, logger);
        NetworkParts networks = new(
            store, host.Driver, new ContainerMembers(containers.Containers), options.Network, facts.Id, events, time, logger);
        networks.Networks.Recover();
        containers.JoinTo(networks, host.KeeperOf(networks, containers.Containers, logger), logger);
        await containers.Recovery.RunAsync(CancellationToken.None);

        ImageParts images = new(
            catalog, containers.Containers.ImageUsers, RegistrySetup.Of(options, StartEnvironment.Read()), ReadHostFile, events, time, logger,
            options.Delta, options.MaxConcurrentDownloads, options.DeltaDataRoot);
        images.Recover();
        ApiIdentity identity = new(options.ReportedVersion, Program.Version, options.Defaults.IsBalena);
        ApiServices services = new(
            HostOf(options, facts, identity, images, containers.Containers, events, time) with { NetworkWarnings = () => host.Driver.Warnings },
            new ImageServices(images, logger),
            new ContainerServices(containers, catalog, events),
            networks);
        return new Composition(monitor, containers, networks, host, images, new ApiDispatcher(Routes.All(services), identity, logger));
    }

    public async ValueTask DisposeAsync()
    {
        await _containers.DisposeAsync();
        await _host.DisposeAsync();
        _networks.Dispose();
        _images.Dispose();
        _monitor.Dispose();
    }

    private static LaunchSettings LaunchSettingsOf(EngineOptions options, HostFacts facts) => new(
        options.DataRoot, facts.Cgroups, CgroupSetup.ParentOf(options, facts.Cgroups), facts.HostName, options.Seccomp, facts.HasAppArmor);

    private static byte[]? ReadHostFile(string path) => KernelFile.TryRead(path, out byte[]? content) ? content : null;

    private static HostServices HostOf(
        EngineOptions options, HostFacts facts, ApiIdentity identity, ImageParts images, ContainerStore containers, EventStream events, TimeProvider time) => new()
        {
            Identity = identity,
            Facts = facts,
            Settings = SettingsOf(options),
            Time = time,
            CountContainers = () => Count(containers),
            CountImages = () => images.Queries.Count,
            Deltas = images.Deltas,
            CountListeners = () => events.Listeners,
            CheckLoginAsync = (login, cancellationToken)
                => images.Logins.CheckAsync(login.Server, login.UserName, login.Password, login.IdentityToken, cancellationToken),
        };

    private static ContainerCounts Count(ContainerStore containers)
    {
        int running = 0, paused = 0, stopped = 0;
        foreach (Container container in containers.List())
        {
            switch (container.State.Phase)
            {
                case ContainerPhase.Running:
                    running++;
                    break;
                case ContainerPhase.Paused:
                    paused++;
                    break;
                default:
                    stopped++;
                    break;
            }
        }

        return new ContainerCounts(running, paused, stopped);
    }

    private static EngineSettings SettingsOf(EngineOptions options) => new()
    {
        IsDebug = options.LogLevel == LogLevel.Debug,
        Labels = options.Labels,
        InsecureRegistries = options.InsecureRegistries,
        Mirrors = options.Mirrors,
        SeccompProfile = options.SeccompProfile,
        AddressPools = ReferenceEquals(options.Network.AddressPools, SubnetBase.Defaults)
            ? [] : [.. options.Network.AddressPools.Select(pool => new ShownAddressPool(pool.Block.ToString(), pool.Size))],
    };
}
