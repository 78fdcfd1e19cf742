namespace Coracle.Runtime;

/// <summary>The container's cgroup in every hierarchy.</summary>
internal sealed class ContainerCgroup
{
    private ContainerCgroup(string path) => Path = path;

    public string Path { get; }

    public IReadOnlyList<CgroupPlace> Places { get; } = [];

    public static ContainerCgroup Create(ResourceSpec resources) => new(resources.CgroupPath);

    public static ContainerCgroup Find(ResourceSpec resources) => new(resources.CgroupPath);

    public void SetFrozen(bool frozen) => _ = Path + frozen;

    public long ReadOomKills() => Path.Length - Path.Length;

    public void KillAll() => _ = Path;

    public void Remove() => _ = Path;
}
