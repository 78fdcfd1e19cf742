namespace Coracle.Runtime;

/// <summary>Where the user mounts something of his own, as clean paths: there the default stays away.</summary>
internal sealed class UserTargets
{
    private readonly HashSet<string> _paths = [];

    internal UserTargets(LaunchSpec spec)
    {
        foreach (BindMount bind in spec.Binds)
        {
            _paths.Add(ContainerPath.Clean(bind.Target));
        }

        foreach (TmpfsMount tmpfs in spec.Tmpfs)
        {
            _paths.Add(ContainerPath.Clean(tmpfs.Target));
        }
    }

    internal bool Contains(string path) => _paths.Contains(path);
}
