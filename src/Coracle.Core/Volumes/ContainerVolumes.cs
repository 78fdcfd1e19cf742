using System.Diagnostics.CodeAnalysis;
using System.Text;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// A container's mounts through its life: decided, with volumes made and filled, at its creation; mounted while it runs; let go when it is
/// removed. Blocking, but for <see cref="Unmount"/>.
/// </summary>
/// <param name="layerDirectory">A layer's <c>diff/</c>.</param>
public sealed class ContainerVolumes(VolumeCatalog catalog, Func<DiffId, string> layerDirectory)
{
    /// <summary>What a new container mounts. Its volumes exist, are used by it, and have the image's files, when this returns.</summary>
    /// <param name="find">Another container, by the name in <c>--volumes-from</c>.</param>
    /// <exception cref="EngineException">Nothing is left of it then: no volume of no name, no use.</exception>
    public IReadOnlyList<MountPoint> Decide(ContainerRecord record, Func<string, ContainerRecord> find)
    {
        List<MountPoint> mounts = MountDecision.Of(record, find);
        try
        {
            foreach (MountPoint mount in mounts)
            {
                Use(mount, record.Id);
            }

            Populate(record, mounts);
            return mounts;
        }
        catch
        {
            Release(record.Id, mounts, withAnonymous: true);
            throw;
        }
    }

    /// <summary>Before its process sees them.</summary>
    /// <exception cref="EngineException">A volume is gone.</exception>
    public void Mount(ContainerRecord record)
    {
        foreach (MountPoint mount in record.Mounts)
        {
            if (mount.IsVolume)
            {
                catalog.Mount(mount.Name, record.Id);
                catalog.Publish(
                    mount.Name, "mount", ("container", record.Id), ("destination", mount.Destination),
                    ("read/write", mount.ReadOnly ? "false" : "true"), ("propagation", mount.Propagation));
            }
        }
    }

    /// <summary>Its process has ended, or never came to be. Waits for nothing.</summary>
    public void Unmount(ContainerRecord record)
    {
        foreach (MountPoint mount in record.Mounts)
        {
            if (mount.IsVolume && catalog.Unmount(mount.Name, record.Id))
            {
                catalog.Publish(mount.Name, "unmount", ("container", record.Id));
            }
        }
    }

    /// <summary>Before a container is removed whose anonymous volumes are to stay: from here on nobody takes them for its own.</summary>
    public void Keep(ContainerRecord record)
    {
        foreach (MountPoint mount in record.Mounts)
        {
            if (mount.IsVolume && mount.Anonymous)
            {
                catalog.Keep(mount.Name, record.Id);
            }
        }
    }

    /// <summary>The container is gone.</summary>
    /// <param name="withAnonymous">Its anonymous volumes go as well, unless another container uses them.</param>
    public void Release(ContainerRecord record, bool withAnonymous) => Release(record.Id, record.Mounts, withAnonymous);

    /// <summary>Start-up: a container that is there, with a process or without.</summary>
    public void Found(ContainerRecord record, bool isRunning)
    {
        foreach (MountPoint mount in record.Mounts)
        {
            if (!mount.IsVolume)
            {
                continue;
            }

            catalog.AddUser(mount.Name, record.Id);
            if (isRunning && catalog.Exists(mount.Name))
            {
                catalog.Mount(mount.Name, record.Id);
            }
        }
    }

    /// <summary>Start-up, once every container is found: what a cut creation or removal left goes.</summary>
    /// <param name="isSetAside">A container whose record could not be read: what it owned stays.</param>
    public void RemoveOrphans(Func<string, bool> isSetAside)
    {
        foreach ((string name, string owner) in catalog.Owned())
        {
            if (!isSetAside(owner))
            {
                catalog.TryRemoveUnused(name);
            }
        }
    }

    private void Release(string container, IReadOnlyList<MountPoint> mounts, bool withAnonymous)
    {
        foreach (MountPoint mount in mounts)
        {
            if (mount.IsVolume && mount.Name.Length > 0)
            {
                catalog.RemoveUser(mount.Name, container);
                if (withAnonymous && mount.Anonymous)
                {
                    catalog.TryRemoveUnused(mount.Name);
                }
            }
        }
    }

    private void Use(MountPoint mount, string container)
    {
        if (!mount.IsVolume)
        {
            return;
        }

        Volume volume = catalog.Create(new VolumeWish(mount.Name, mount.Driver, mount.DriverOptions, mount.Labels, container));
        mount.Name = volume.Name;
    }

    /// <summary>Only what is empty is filled, and only from the image: what a container wrote stays where it is.</summary>
    private void Populate(ContainerRecord record, List<MountPoint> mounts)
    {
        List<MountPoint> empty = [.. mounts.Where(mount => mount.IsVolume && !mount.NoCopy && mount.Subpath.Length == 0 && catalog.IsEmpty(mount.Name))];
        if (empty.Count > 0 && record.Layers.Count > 0)
        {
            ImageView.Visit([.. record.Layers.Reverse().Select(layerDirectory)], root =>
            {
                foreach (MountPoint mount in empty)
                {
                    CopyUp(root, mount);
                }
            });
        }
    }

    private void CopyUp(DirectoryHandle root, MountPoint mount)
    {
        if (TryOpen(root, mount.Destination, out DirectoryHandle? source))
        {
            using (source)
            {
                catalog.Populate(mount.Name, source);
            }
        }
    }

    /// <summary>Links are followed inside the image's root and nowhere else (CVE-2022-23648).</summary>
    private static bool TryOpen(DirectoryHandle root, string destination, [NotNullWhen(true)] out DirectoryHandle? directory)
    {
        try
        {
            return root.TryOpenInside(Encoding.UTF8.GetBytes(destination), out directory);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOTDIR)
        {
            throw new EngineException(Refusal.Failed, $"cannot mount volume over existing file, file exists {destination}", e);
        }
    }
}
