using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>The container verbs of one engine, wired to the rooms below. Made once by the composition root.</summary>
public sealed class ContainerParts : IAsyncDisposable
{
    private readonly DirectoryHandle _transient;
    private readonly ContainerEnvironment _environment;

    /// <param name="store">Owned by the caller; outlives this.</param>
    /// <param name="runtime">The engine's is <see cref="MonitorRuntime"/>.</param>
    /// <param name="execRoot">Absolute; a tmpfs.</param>
    public ContainerParts(
        Store store, IContainerRuntime runtime, IImageCatalog images, LaunchSettings settings, string execRoot, EventStream events,
        TimeProvider time, ILogger logger)
    {
        _transient = DirectoryHandle.CreateAndOpen(execRoot + "/records");
        ContainerRecords records = new(store.Containers, _transient, logger);
        Volumes = new VolumeCatalog(store.Volumes, events, time);
        ContainerVolumes volumes = new(Volumes, id => LayerDirectory(store, id));
        RootSources sources = new(id => LayerDirectory(store, id), id => WritableLayer(store, id), Volumes.PathOf);
        Launch = new LaunchPreparation(settings, sources, records);
        ContainerEnvironment environment = new(runtime, records, record => Prepare(record, volumes), events, time, logger)
        {
            PrepareExec = Launch.PrepareExec,
            Volumes = volumes,
        };
        _environment = environment;
        Containers = new ContainerStore(environment);
        environment.FindContainer = Containers.Get;
        Launch.FindRecord = id => Containers.Get(id).Record;
        Creation = new ContainerCreation(Containers, records, images, Launch, volumes, time);
        Recovery = new ContainerRecovery(Containers, environment);
        Execs = new ExecStore(time);
        Logs = new ContainerLogs(records, time);
        Top = new ContainerTop(Launch.CgroupOf, time);
        Prune = new ContainerPrune(Containers, record => SizesOf(record).Writable, events, time);
        Time = time;
        Store = store;
    }

    public ContainerStore Containers { get; }

    public ContainerCreation Creation { get; }

    /// <summary>Run it once, before the first request is served.</summary>
    public ContainerRecovery Recovery { get; }

    public LaunchPreparation Launch { get; }

    public ExecStore Execs { get; }

    public ContainerLogs Logs { get; }

    public ContainerTop Top { get; }

    public ContainerPrune Prune { get; }

    public VolumeCatalog Volumes { get; }

    public TimeProvider Time { get; }

    internal Store Store { get; }

    /// <summary>From here on containers are on networks. Once, before <see cref="Recovery"/> runs.</summary>
    public void JoinTo(NetworkParts networks, ISandboxKeeper keeper, ILogger logger)
    {
        _environment.Networks = new ContainerNetworks(
            networks.Networks, networks.Driver, keeper, new PortAllocator(EphemeralPorts.OfHost()), networks.Options, Launch.RefreshNetworkFiles, logger);
        _environment.TellLinked = TellLinked;
        Launch.HostGateways = networks.HostGateways;
        networks.Networks.Removed = id => _ = keeper.ForgetAsync(id);
    }

    private void TellLinked(string id)
    {
        foreach (Container container in Containers.List())
        {
            if (container.Record.Sandbox is not null && container.Record.Links.Any(link => link.ContainerId == id))
            {
                Launch.RefreshLinks(container.Record);
            }
        }
    }

    /// <summary>What inspect and list show as Mounts.</summary>
    public IReadOnlyList<MountView> MountsOf(ContainerRecord record) => MountView.Of(record.Mounts, Volumes.PathOf);

    /// <summary>Whose network, and files about it, a container has: its own, or those of the container that its mode names.</summary>
    /// <returns>Null when that one is gone.</returns>
    public ContainerRecord? NetworkOwnerOf(ContainerRecord record)
    {
        try
        {
            return JoinedNamespaces.NetworkOwnerOf(record, Launch.FindRecord);
        }
        catch (EngineException)
        {
            return null;
        }
    }

    /// <summary>What inspect shows as GraphDriver: the directories behind the root file system, the lowest layer first in the list.</summary>
    public RootDirectories RootDirectoriesOf(ContainerRecord record)
    {
        WritableLayer writable = Store.WritableLayers.Paths(record.Id);
        return new RootDirectories(
            [.. record.Layers.Reverse().Select(layer => Store.Layers.Find(layer)?.DiffDirectory ?? "")], writable.UpperDirectory, writable.WorkDirectory);
    }

    /// <summary>Bytes written by the container, and bytes of its whole root file system. Walks the writable layer: blocking.</summary>
    public (long Writable, long Root) SizesOf(ContainerRecord record)
    {
        long written = record.StartedAt is null ? 0 : Store.WritableLayers.SizeOf(record.Id);
        return (written, written + record.Layers.Sum(layer => Store.Layers.Find(layer)?.Size ?? 0));
    }

    public async ValueTask DisposeAsync()
    {
        await Containers.DisposeAsync();
        _transient.Dispose();
    }

    private Runtime.LaunchSpec Prepare(ContainerRecord record, ContainerVolumes volumes)
    {
        volumes.Mount(record);
        return Launch.Prepare(record);
    }

    private static string LayerDirectory(Store store, DiffId layer)
        => store.Layers.Find(layer)?.DiffDirectory
            ?? throw new EngineException(Refusal.Failed, $"layer {layer} is missing: pull the image again");

    private static (string Upper, string Work) WritableLayer(Store store, string id)
    {
        WritableLayer layer = store.WritableLayers.Create(id);
        ForgetVolatileMount(layer.WorkDirectory);
        return (layer.UpperDirectory, layer.WorkDirectory);
    }

    /// <summary>
    /// A volatile overlay leaves a mark that refuses the next mount, lest the power was cut between the two. The only containers
    /// that have one are gone after a power cut (<c>--rm</c>): a mark that is found was left by the same container's last run.
    /// </summary>
    private static void ForgetVolatileMount(string workDirectory)
    {
        const string Marks = "incompat";
        using DirectoryHandle outer = DirectoryHandle.Open(workDirectory);
        if (outer.Exists("work"))
        {
            using DirectoryHandle work = outer.OpenDirectory("work");
            if (work.Exists(Marks))
            {
                work.RemoveTree(Marks);
            }
        }
    }
}

/// <param name="Lower">The topmost first.</param>
public sealed record RootDirectories(IReadOnlyList<string> Lower, string Upper, string Work);
