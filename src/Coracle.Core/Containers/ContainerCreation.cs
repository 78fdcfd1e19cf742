using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Core;

/// <param name="Warnings">For the client to show; never null.</param>
public sealed record CreatedContainer(string Id, IReadOnlyList<string> Warnings);

/// <summary>POST /containers/create: from a request to a container that exists durably, or to nothing at all.</summary>
public sealed class ContainerCreation(
    ContainerStore store, ContainerRecords records, IImageCatalog images, LaunchPreparation launch, ContainerVolumes volumes, TimeProvider time)
{
    private const long DefaultShmSize = 64 << 20;

    /// <param name="name">As given; null or empty lets us choose.</param>
    /// <param name="platform">As given (<c>linux/arm/v7</c>); empty takes what the image is.</param>
    /// <exception cref="EngineException">No such image, a name that is taken, an option that is invalid or not built.</exception>
    public async Task<CreatedContainer> CreateAsync(
        ContainerCreateRequest request, string? name, string platform, CancellationToken cancellationToken)
    {
        string? wanted = string.IsNullOrEmpty(name) ? null : ContainerName.Parse(name);
        if (request.Config.Image.Length == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "no image specified"); // Docker makes one of nothing; nobody can run that
        }

        NetworkRules.Check(request.Config, request.HostConfig, request.Endpoints);
        using ImageHold hold = images.Hold(request.Config.Image);
        ImageDetails image = hold.Image;
        CheckImage(image, request.Config.Image, platform);
        ContainerConfig config = ConfigMerge.Merge(request.Config, image.Config.Run);
        IReadOnlyList<string> warnings = launch.CheckResources(request.HostConfig);
        HostConfig host = Complete(request.HostConfig);
        host.CgroupnsMode = host.CgroupnsMode.Length > 0 ? host.CgroupnsMode : launch.DefaultCgroupNamespace;
        host.PidMode = JoinedNamespaces.Resolve(host.PidMode, store);
        host.IpcMode = JoinedNamespaces.Resolve(host.IpcMode, store);
        host.NetworkMode = JoinedNamespaces.ResolveIfThere(host.NetworkMode, store); // Docker looks for it at the start
        launch.Check(config, host);
        ContainerRecord record = Describe(image, config, host) with
        {
            Networks = NetworkMembership.Of(config, host, request.Endpoints),
            Links = ContainerLink.Of(host, other => store.Get(other).Record),
        };
        record = record with { Name = store.ReserveName(wanted, record.Id) };
        record = await SaveAsync(record, cancellationToken);
        store.Add(record).Publish("create");
        return new CreatedContainer(record.Id, [.. PlatformWarning(image, platform), .. warnings, .. Warnings(image, host)]);
    }

    private ContainerRecord Describe(ImageDetails image, ContainerConfig config, HostConfig host)
    {
        string id = ContainerId.Create();
        bool hasNoName = NetworkChoice.IsHost(host) || host.UTSMode == "host" || JoinedNamespaces.TargetOf(host.NetworkMode) is not null;
        if (config.Hostname.Length == 0 && !hasNoName)
        {
            config.Hostname = ContainerId.Short(id);
        }

        return new ContainerRecord
        {
            Id = id,
            Name = "",
            Created = time.GetUtcNow(),
            ImageId = image.Id,
            Layers = image.Layers,
            Config = config,
            HostConfig = host,
        };
    }

    /// <returns>With its mounts: volumes are made and filled only for a container whose name is its own.</returns>
    private async Task<ContainerRecord> SaveAsync(ContainerRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => Save(record), cancellationToken);
        }
        catch
        {
            store.ReleaseName(record.Name, record.Id);
            throw;
        }
    }

    private ContainerRecord Save(ContainerRecord record)
    {
        ContainerRecord mounted = record with { Mounts = volumes.Decide(record, other => store.Get(other).Record) };
        try
        {
            records.Add(mounted);
            return mounted;
        }
        catch
        {
            records.Remove(mounted); // undo runs to the end; nothing half made stays
            volumes.Release(mounted, withAnonymous: true);
            throw;
        }
    }

    private static void CheckImage(ImageDetails image, string reference, string platform)
    {
        if (image.Layers.Count > LaunchPreparation.MostLayers)
        {
            throw new EngineException(
                Refusal.InvalidArgument, $"image {reference} has {image.Layers.Count} layers: at most {LaunchPreparation.MostLayers} can be mounted");
        }

        if (platform.Length == 0)
        {
            return;
        }

        if (!Platform.TryParse(platform, out Platform? wanted, out string? invalid))
        {
            throw new EngineException(Refusal.InvalidArgument, invalid);
        }

        if (!image.Config.Platform.RunsOn(wanted))
        {
            // "No such image" makes the CLI pull the one for that platform.
            throw new EngineException(
                Refusal.NotFound,
                $"No such image: {reference}: image with reference {reference} was found but does not match the specified platform: wanted {wanted}, actual: {image.Config.Platform}");
        }
    }

    /// <summary>What inspect shows of options that nobody gave: Docker writes its defaults down.</summary>
    /// <exception cref="EngineException">A combination that Docker refuses.</exception>
    private static HostConfig Complete(HostConfig host)
    {
        if (host.AutoRemove && RestartPolicy.Parse(host.RestartPolicy).Kind != RestartKind.No)
        {
            throw new EngineException(Refusal.InvalidArgument, "can't create 'AutoRemove' container with restart policy");
        }

        host.Runtime = host.Runtime switch
        {
            "" or "runc" or "io.containerd.runc.v2" => "runc",
            _ => throw new EngineException(Refusal.InvalidArgument, $"unknown or invalid runtime name: {host.Runtime}"),
        };
        host.NetworkMode = NetworkChoice.NameOf(host.NetworkMode);
        host.LogConfig = new LogConfig
        {
            Type = host.LogConfig.Type.Length > 0 ? host.LogConfig.Type : LogPlan.JsonFile,
            Config = host.LogConfig.Config ?? new Dictionary<string, string>(),
        };
        host.RestartPolicy.Name = host.RestartPolicy.Name.Length > 0 ? host.RestartPolicy.Name : "no";
        host.IpcMode = host.IpcMode.Length > 0 ? host.IpcMode : "private";
        host.ShmSize = host.ShmSize > 0 ? host.ShmSize : DefaultShmSize;
        if (host.Privileged)
        {
            host.MaskedPaths = host.ReadonlyPaths = null; // nothing is hidden, and Docker says so
            host.SecurityOpt = [.. host.SecurityOpt ?? [], "label=disable"];
        }
        else
        {
            host.MaskedPaths ??= IsolationPlan.DefaultMaskedPaths;
            host.ReadonlyPaths ??= IsolationPlan.DefaultReadonlyPaths;
        }

        host.PidsLimit = host.PidsLimit is > 0 ? host.PidsLimit : null;
        if (host is { Memory: > 0, MemorySwap: 0 })
        {
            host.MemorySwap = host.Memory <= long.MaxValue / 2 ? 2 * host.Memory : -1; // Docker's: as much swap as memory
        }

        return host;
    }

    /// <summary>Not an error: an interpreter may be registered with the kernel (binfmt_misc).</summary>
    private static string[] PlatformWarning(ImageDetails image, string platform)
        => platform.Length > 0 || image.Config.Platform.RunsOn(Platform.Host) ? [] :
        [
            $"The requested image's platform ({image.Config.Platform}) does not match the detected host platform ({Platform.Host}) and no specific platform was requested",
        ];

    private static List<string> Warnings(ImageDetails image, HostConfig host)
    {
        List<string> warnings = [];
        if (NetworkChoice.IsHost(host) && host.PortBindings is { Count: > 0 })
        {
            warnings.Add(NetworkRules.PortsDiscarded);
        }

        if (image.Config.Run.Healthcheck is not null)
        {
            warnings.Add("health checks are not built yet: the image's is not run");
        }

        return warnings;
    }
}
