using Coracle.Linux;
using Coracle.Oci;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What a container's start needs to know of this engine.</summary>
/// <param name="DataRoot">Absolute.</param>
/// <param name="Cgroups">What this machine can limit, and who makes cgroups.</param>
/// <param name="CgroupParent">Where containers' cgroups are made unless asked otherwise: a path, or a slice of systemd's.</param>
/// <param name="HostName">For containers on the host's network.</param>
/// <param name="HasAppArmor">The kernel confines by it, and whoever asks for a profile must not believe to have got it.</param>
public sealed record LaunchSettings(
    string DataRoot, CgroupFacts Cgroups, string CgroupParent, string HostName, SeccompFilters Seccomp, bool HasAppArmor);

/// <summary>Where a container's root file system comes from.</summary>
/// <param name="LayerDirectory">A layer's <c>diff/</c>; throws <see cref="EngineException"/> when the layer is gone.</param>
/// <param name="WritableLayer">Makes, or finds again, upper and work directory of a container.</param>
/// <param name="VolumePath">Where a volume's files are.</param>
public sealed record RootSources(
    Func<DiffId, string> LayerDirectory, Func<string, (string Upper, string Work)> WritableLayer, Func<string, string> VolumePath);

/// <summary>Makes the files and the launch spec of a container that is about to start. Blocking; one start, one call.</summary>
public sealed class LaunchPreparation(LaunchSettings settings, RootSources sources, ContainerRecords records)
{
    /// <summary>Other containers, by what names them; throws when there is none. Set once, when there is a store.</summary>
    public Func<string, ContainerRecord> FindRecord { get; set; }
        = id => throw new EngineException(Refusal.NotFound, "No such container: " + id);

    /// <summary>What <c>host-gateway</c> stands for now: the default bridge's addresses on the host, or what the operator said. At most one a family.</summary>
    public Func<IReadOnlyList<System.Net.IPAddress>> HostGateways { get; set; } = () => [];

    /// <summary>Overlay's option string holds that many lower directories by descriptor (design: one page).</summary>
    public const int MostLayers = 127;

    /// <summary>A launch spec without a root file system: every rule about options is checked by building it.</summary>
    /// <exception cref="EngineException">An option is invalid, or not built yet.</exception>
    public void Check(ContainerConfig config, HostConfig host)
    {
        EnvironmentList.Check(config.Env);
        RestartPolicy.Parse(host.RestartPolicy);
        if (config.WorkingDir.Length > 0 && !config.WorkingDir.StartsWith('/'))
        {
            throw new EngineException(
                Refusal.InvalidArgument, $"the working directory '{config.WorkingDir}' is invalid, it needs to be an absolute path");
        }

        if (config.StopSignal.Length > 0)
        {
            Signal.Parse(config.StopSignal);
        }

        if (host.OomScoreAdj is < -1000 or > 1000)
        {
            throw new EngineException(
                Refusal.InvalidArgument, $"Invalid value {host.OomScoreAdj}, range for oom score adj is [-1000, 1000]");
        }

        MountRequests.Check(host);
        ExtraHost.Parse(host);
        CgroupPlacement.Of(host, "", settings.Cgroups, settings.CgroupParent);
        ResourcePlan.CheckDeviceRules(host);
        IsolationPlan.Build(config, host, new NamespaceChoice(NamespaceMode.Private), "", settings.Cgroups.Version == 2);
        LogPlan.Build(host.LogConfig, "");
        ResourcePlan.Limits(host);
        SecurityOptions security = SecurityOptions.Parse(host);
        if (settings.HasAppArmor && security.AppArmor is not (null or SecurityOptions.Unconfined))
        {
            throw NotBuilt.Option("HostConfig.SecurityOpt apparmor=" + security.AppArmor);
        }

        SeccompFilterOf(security, host.Privileged, Capabilities(host));
    }

    /// <summary>The cgroup that a container's processes are in while it runs.</summary>
    public string CgroupOf(ContainerRecord record)
        => CgroupPlacement.Of(record.HostConfig, record.Id, settings.Cgroups, settings.CgroupParent).Path;

    /// <inheritdoc cref="ResourceChecks.Verify"/>
    public IReadOnlyList<string> CheckResources(HostConfig host) => ResourceChecks.Verify(host, settings.Cgroups);

    /// <summary>What nobody asked for: private on v2, the host's on v1 and hybrid, as Docker.</summary>
    public string DefaultCgroupNamespace => settings.Cgroups.Version == 2 ? "private" : "host";

    /// <exception cref="EngineException">What was valid at creation is so no more: a layer or a bind's source is gone.</exception>
    public LaunchSpec Prepare(ContainerRecord record)
    {
        HostConfig host = record.HostConfig;
        string hostname = HostnameOf(record);
        MountPlan.PrepareSources(record.Mounts);
        MountPlan mounts = MountPlan.Build(record.Mounts, host, sources.VolumePath);
        IReadOnlyList<LinkedContainer> links = LinkedContainer.Of(record, FindRecord);
        ContainerRecord network = JoinedNamespaces.NetworkOwnerOf(record, FindRecord);
        if (network.Id == record.Id)
        {
            using DirectoryHandle directory = records.OpenDirectory(record.Id);
            NetworkFiles.Write(directory, new NetworkFilesInput(record, hostname, links, HostGateways()));
        }

        return new LaunchSpec
        {
            ContainerId = record.Id,
            Root = BuildRoot(record),
            Binds = [.. OwnFiles(record, network, mounts), .. HostSharedMemory(host, mounts), .. mounts.Binds],
            Tmpfs = mounts.Tmpfs,
            Process = BuildProcess(record, hostname, [.. links.SelectMany(link => link.Environment(record.Name))]),
            Isolation = BuildIsolation(record, hostname),
            Resources = ResourcePlan.Build(host, record.Id, settings.Cgroups, settings.CgroupParent),
            Stdio = new StdioSpec(record.Config.Tty, record.Config.OpenStdin, record.Config.StdinOnce),
            Init = host.Init == true,
            Log = LogPlan.Build(host.LogConfig, PathOf(record, record.LogFileName)),
        };
    }

    /// <summary>A running container's networks have changed: its hosts file and resolv.conf follow, but for what somebody else wrote there.</summary>
    public void RefreshNetworkFiles(ContainerRecord before, ContainerRecord after)
    {
        string hostname = HostnameOf(after);
        NetworkFilesInput old = new(before, hostname, [], []), now = new(after, hostname, [], HostGateways());
        using DirectoryHandle directory = records.OpenDirectory(after.Id);
        NetworkFiles.ChangeHosts(directory, [.. EntriesOf(old, without: after)], add: false);
        NetworkFiles.ChangeHosts(directory, [.. EntriesOf(now, without: before)], add: true);
        NetworkFiles.Refresh(directory, now);
    }

    /// <summary>Of a running container that links others: their lines in its hosts file are those of their addresses now.</summary>
    public void RefreshLinks(ContainerRecord record)
    {
        using DirectoryHandle directory = records.OpenDirectory(record.Id);
        foreach (LinkedContainer link in LinkedContainer.Running(record, FindRecord))
        {
            NetworkFiles.MoveHost(directory, link.HostsEntry);
        }
    }

    private static IEnumerable<HostsEntry> EntriesOf(NetworkFilesInput input, ContainerRecord without)
        => (input.Record.Sandbox?.Endpoints ?? []).Where(endpoint => without.Sandbox?.On(endpoint.Network) is null).SelectMany(input.OwnEntries);

    /// <summary>A file in the container's own directory, as the host sees it.</summary>
    public string PathOf(ContainerRecord record, string file) => $"{settings.DataRoot}/containers/{record.Id}/{file}";

    private RootFilesystem BuildRoot(ContainerRecord record)
    {
        (string upper, string work) = sources.WritableLayer(record.Id);
        return new RootFilesystem(
            [.. record.Layers.Reverse().Select(sources.LayerDirectory)], upper, work, record.HostConfig.AutoRemove, record.HostConfig.ReadonlyRootfs);
    }

    private IsolationSpec BuildIsolation(ContainerRecord record, string hostname)
    {
        HostConfig host = record.HostConfig;
        IsolationSpec isolation = IsolationPlan.Build(record.Config, host, NetworkChoice.Choose(host), hostname, settings.Cgroups.Version == 2);
        return isolation with
        {
            Devices = [.. isolation.Devices, .. host.Privileged ? HostDevices.List() : [], .. (host.Devices ?? []).SelectMany(MappedDevices.Find)],
        };
    }

    private ProcessSpec BuildProcess(ContainerRecord record, string hostname, IReadOnlyList<string> linked)
    {
        SecurityOptions security = SecurityOptions.Parse(record.HostConfig);
        ulong capabilities = Capabilities(record.HostConfig);
        return new ProcessSpec
        {
            Arguments = record.CommandLine,
            Environment = EnvironmentList.Build(record.Config, hostname, record.Config.Tty, [], linked),
            WorkingDirectory = record.Config.WorkingDir.Length > 0 ? record.Config.WorkingDir : "/",
            User = record.Config.User,
            GroupAdd = record.HostConfig.GroupAdd ?? [],
            Capabilities = capabilities,
            SeccompFilter = SeccompFilterOf(security, record.HostConfig.Privileged, capabilities),
            NoNewPrivileges = security.NoNewPrivileges,
            OomScoreAdjust = (int)record.HostConfig.OomScoreAdj,
            Limits = ResourcePlan.Limits(record.HostConfig),
        };
    }

    /// <summary>What the container's own process has, but for what the exec says otherwise.</summary>
    public ExecSpec PrepareExec(ContainerRecord record, ExecConfig exec)
    {
        string hostname = HostnameOf(record);
        ProcessSpec container = BuildProcess(record, hostname, []);
        return new ExecSpec
        {
            ContainerId = record.Id,
            Process = container with
            {
                Arguments = exec.Command,
                Environment = EnvironmentList.Build(record.Config, hostname, exec.Tty, exec.Environment, Linked(record)),
                User = exec.User.Length > 0 ? exec.User : container.User,
                WorkingDirectory = exec.WorkingDirectory.Length > 0 ? exec.WorkingDirectory : container.WorkingDirectory,
                Capabilities = exec.Privileged ? CapabilitySet.Grantable : container.Capabilities,
            },
            Tty = exec.Tty,
            Stdin = exec.AttachStdin,
            Stdout = exec.AttachStdout,
            Stderr = exec.AttachStderr,
        };
    }

    /// <summary>A privileged container has the one that it asks for by itself, and else none (Moby since 27).</summary>
    private byte[] SeccompFilterOf(SecurityOptions security, bool privileged, ulong capabilities) => security.Seccomp switch
    {
        SecurityOptions.Unconfined => [],
        null or "" => privileged ? [] : settings.Seccomp.ForEngine(capabilities),
        SecurityOptions.Builtin => settings.Seccomp.ForBuiltin(capabilities),
        { } profile => settings.Seccomp.ForProfile(profile, capabilities),
    };

    private static ulong Capabilities(HostConfig host)
    {
        if (host.Privileged)
        {
            return CapabilitySet.Grantable; // whatever is dropped, as with Docker
        }

        try
        {
            return CapabilitySet.Combine(host.CapAdd ?? [], host.CapDrop ?? [], CapabilitySet.Grantable);
        }
        catch (FormatException e)
        {
            throw new EngineException(Refusal.InvalidArgument, e.Message, e);
        }
    }

    /// <summary>A linked container that ended since the start is no reason to refuse an exec: its variables are left out.</summary>
    private IReadOnlyList<string> Linked(ContainerRecord record)
    {
        try
        {
            return [.. LinkedContainer.Of(record, FindRecord).SelectMany(link => link.Environment(record.Name))];
        }
        catch (EngineException)
        {
            return [];
        }
    }

    /// <summary>Docker's three files, those of whose network it is, except where the user mounts something of his own.</summary>
    private IEnumerable<BindMount> OwnFiles(ContainerRecord record, ContainerRecord network, MountPlan mounts)
    {
        HashSet<string> taken = [.. mounts.Binds.Select(bind => bind.Target)];
        foreach (string file in (string[])[NetworkFiles.ResolvConf, NetworkFiles.Hostname, NetworkFiles.Hosts])
        {
            if (!taken.Contains("/etc/" + file))
            {
                yield return new BindMount(PathOf(network, file), "/etc/" + file, record.HostConfig.ReadonlyRootfs);
            }
        }
    }

    /// <summary>Who shares the host's System V segments and semaphores means its POSIX ones, too.</summary>
    private static IEnumerable<BindMount> HostSharedMemory(HostConfig host, MountPlan mounts)
        => host.IpcMode == "host" && mounts.Binds.All(bind => bind.Target != "/dev/shm") && HostPath.Exists("/dev/shm")
            ? [new BindMount("/dev/shm", "/dev/shm", ReadOnly: false)]
            : [];

    /// <summary>The owner of a network may be gone while those that share it run on.</summary>
    private ContainerRecord NetworkOwnerOrSelf(ContainerRecord record)
    {
        try
        {
            return JoinedNamespaces.NetworkOwnerOf(record, FindRecord);
        }
        catch (EngineException)
        {
            return record;
        }
    }

    /// <summary>Who shares a network shares its owner's name, too.</summary>
    private string HostnameOf(ContainerRecord record)
    {
        ContainerRecord network = NetworkOwnerOrSelf(record);
        return network.Config.Hostname.Length > 0 ? network.Config.Hostname
            : NetworkChoice.IsHost(network.HostConfig) ? settings.HostName : network.ShortId;
    }
}
