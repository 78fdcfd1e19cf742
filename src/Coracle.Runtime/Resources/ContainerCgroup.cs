using System.Globalization;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A container's cgroup: made before its first process, removed after its last.</summary>
/// <remarks>Used in the monitor. Its limits are the engine's: <see cref="CgroupDriver"/>.</remarks>
internal sealed class ContainerCgroup
{
    private readonly Cgroup _cgroup;

    /// <summary>The parent, unless that is the top, which counts nothing.</summary>
    private readonly Cgroup? _above;

    private readonly long _killsAbove;

    private ContainerCgroup(Cgroup cgroup)
    {
        _cgroup = cgroup;
        int slash = cgroup.Path.LastIndexOf('/');
        if (slash > 0 && cgroup.IsUnified(CgroupControllers.Memory))
        {
            _above = Cgroup.At(cgroup.Hierarchies, cgroup.Path[..slash]);
            _killsAbove = OomKills(_above) ?? 0;
        }
    }

    public static ContainerCgroup Create(ResourceSpec resources) => Create(CgroupHierarchies.Discover(), resources);

    internal static ContainerCgroup Create(CgroupHierarchies hierarchies, ResourceSpec resources)
        => new(Cgroup.Create(hierarchies, resources.CgroupPath));

    /// <summary>The cgroup of a container that was started by a monitor that is gone; it may not be there any more.</summary>
    public static ContainerCgroup Find(ResourceSpec resources) => new(Cgroup.At(CgroupHierarchies.Discover(), resources.CgroupPath));

    public string Path => _cgroup.Path;

    /// <summary>
    /// Its directory in every tree. A private cgroup namespace must be unshared after the process has moved into them: the
    /// namespace's root is where it stands then.
    /// </summary>
    public IReadOnlyList<CgroupPlace> Places => PlacesAt("/" + Path);

    /// <summary>
    /// Where one more process of the container can go. A container that hands controllers of v2 down itself (systemd or an engine inside)
    /// has moved its processes out of the cgroup's top, which takes none then: it goes where the first one is.
    /// </summary>
    /// <param name="pid">Of the first process.</param>
    public IReadOnlyList<CgroupPlace> PlacesBeside(int pid)
    {
        bool full = _cgroup.Hierarchies.Version == 2
            && KernelFile.TryRead($"{_cgroup.Hierarchies.All[0].MountPoint}/{Path}/cgroup.subtree_control", out byte[]? down)
            && down.Length > 1;
        string? beside = full ? CgroupMembership.Find(pid, "0::"u8) : null;
        return beside is not null && beside.StartsWith("/" + Path + "/", StringComparison.Ordinal) ? PlacesAt(beside) : Places;
    }

    private CgroupPlace[] PlacesAt(string path)
    {
        IReadOnlyList<CgroupHierarchy> all = _cgroup.Hierarchies.All;
        var places = new CgroupPlace[all.Count];
        for (int index = 0; index < places.Length; index++)
        {
            string mountPoint = all[index].MountPoint;
            string name = _cgroup.Hierarchies.Version == 2 ? "" : mountPoint[(mountPoint.LastIndexOf('/') + 1)..];
            places[index] = new CgroupPlace(name, mountPoint + path, all[index].IsUnified);
        }

        return places;
    }

    /// <inheritdoc cref="Cgroup.AddProcess"/>
    public void AddProcess(int pid) => _cgroup.AddProcess(pid);

    /// <inheritdoc cref="Cgroup.Processes"/>
    public IReadOnlyList<int> Processes() => _cgroup.Processes();

    /// <summary>Whether the kernel killed a process in here for want of memory; false where it does not count (before 4.13).</summary>
    /// <remarks>
    /// Gone with the cgroup: read it before <see cref="Remove"/>. systemd removes an empty scope within milliseconds, often before us; then
    /// the slice's count, which includes it, tells, if it was a SIGKILL of nobody we know that ended the container.
    /// </remarks>
    /// <param name="killedByUnknown">It ended by SIGKILL, and nobody asked for that.</param>
    public bool SawOomKill(bool killedByUnknown)
        => OomKills(_cgroup) is { } own ? own > 0 : killedByUnknown && _above is not null && OomKills(_above) > _killsAbove;

    /// <returns>Null when it is not there (any more).</returns>
    private static long? OomKills(Cgroup cgroup)
    {
        try
        {
            string file = cgroup.IsUnified(CgroupControllers.Memory) ? "memory.events" : "memory.oom_control";
            return cgroup.TryRead(CgroupControllers.Memory, file, out byte[]? content) ? Counter(content, "oom_kill "u8) : null;
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENODEV)
        {
            return null; // removed between open and read
        }
    }

    /// <summary>Returns when all processes have stopped, or at once when they run again. See <see cref="Cgroup.Freeze"/>.</summary>
    public void SetFrozen(bool frozen)
    {
        if (frozen)
        {
            _cgroup.Freeze();
        }
        else
        {
            _cgroup.Thaw();
        }
    }

    /// <inheritdoc cref="Cgroup.KillAll"/>
    public void KillAll() => _cgroup.KillAll();

    /// <inheritdoc cref="Cgroup.Delete"/>
    public void Remove() => _cgroup.Delete();

    /// <param name="name">With the space that ends it: "oom_kill " is not "oom_kill_disable ".</param>
    internal static long Counter(ReadOnlySpan<byte> content, ReadOnlySpan<byte> name)
    {
        while (!content.IsEmpty)
        {
            int end = content.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? content : content[..end];
            content = end < 0 ? [] : content[(end + 1)..];
            if (line.StartsWith(name) && long.TryParse(line[name.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                return value;
            }
        }

        return 0;
    }
}
