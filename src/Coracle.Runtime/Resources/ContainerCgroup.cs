namespace Coracle.Runtime;

/// <summary>The container's cgroup in every hierarchy.</summary>
internal sealed class ContainerCgroup
{
    private ContainerCgroup(string path) => Path = path;

    public string Path { get; }

    public IReadOnlyList<CgroupPlace> Places { get; } = [];

    public static ContainerCgroup Create(ResourceSpec resources) => new(resources.CgroupPath);

    public static ContainerCgroup Find(ResourceSpec resources) => new(resources.CgroupPath);

    public void SetFrozen(bool frozen) => _ = frozen;

    public long ReadOomKills() => 0;

    public void KillAll() => _ = Path;

    public void Remove() => _ = Path;
}
