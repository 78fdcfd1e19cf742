using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>A container's mounts as its launch spec has them.</summary>
internal sealed record MountPlan(IReadOnlyList<BindMount> Binds, IReadOnlyList<TmpfsMount> Tmpfs)
{
    private const int HostDirectoryMode = 0x1ED; // 0755

    /// <param name="volumePath">Where a volume's files are.</param>
    public static MountPlan Build(IReadOnlyList<MountPoint> mounts, HostConfig host, Func<string, string> volumePath)
    {
        List<BindMount> binds = [];
        List<TmpfsMount> tmpfs = [];
        foreach (MountPoint mount in mounts)
        {
            if (mount.Kind == MountPoint.Tmpfs)
            {
                tmpfs.Add(new TmpfsMount(mount.Destination, mount.TmpfsWords));
            }
            else
            {
                binds.Add(BindOf(mount, volumePath));
            }
        }

        foreach ((string target, string options) in host.Tmpfs ?? new Dictionary<string, string>())
        {
            tmpfs.Add(new TmpfsMount(ContainerPath.Clean(target), options));
        }

        return new MountPlan(binds, tmpfs);
    }

    /// <summary>The host's side of each bind, made where <c>-v</c> makes it, and found to be what its propagation needs.</summary>
    /// <exception cref="EngineException">A source is missing, or its mount does not propagate.</exception>
    public static void PrepareSources(IReadOnlyList<MountPoint> mounts)
    {
        foreach (MountPoint mount in mounts)
        {
            if (mount.Kind != MountPoint.Bind)
            {
                continue;
            }

            if (!HostPath.Exists(mount.Source))
            {
                if (mount.SourceMustExist)
                {
                    throw MountRequests.SourceMissing(mount.Source);
                }

                DirectoryHandle.CreateAndOpen(mount.Source, HostDirectoryMode).Dispose();
            }

            HostMounts.RequirePropagation(mount.Source, PropagationOf(mount.Propagation));
        }
    }

    private static BindMount BindOf(MountPoint mount, Func<string, string> volumePath) => new(
        mount.IsVolume ? volumePath(mount.Name) : mount.Source, mount.Destination, mount.ReadOnly, Recursive: !mount.NonRecursive)
    {
        Propagation = PropagationOf(mount.Propagation),
        Subpath = mount.Subpath,
        Reach = mount.ReadOnlyForceRecursive ? ReadOnlyReach.Everything
            : mount.ReadOnlyNonRecursive ? ReadOnlyReach.Itself : ReadOnlyReach.AsFarAsPossible,
    };

    private static MountPropagation PropagationOf(string word) => word switch
    {
        "shared" or "rshared" => MountPropagation.Shared,
        "slave" or "rslave" => MountPropagation.Slave,
        _ => MountPropagation.Private,
    };
}
