using Coracle.Wire;

namespace Coracle.Api;

/// <summary>What older clients send in mounts without meaning it, taken out before anybody reads it, as Docker does.</summary>
internal static class MountGates
{
    public static void Apply(HostConfig host, ApiVersion version)
    {
        foreach (Mount mount in host.Mounts ?? [])
        {
            if (!version.Adds(42))
            {
                DropForeignOptions(mount);
            }

            if (!version.Adds(45) && mount.VolumeOptions is { } volume)
            {
                volume.Subpath = "";
            }

            if (version.IsBefore(44) && mount.Type == "bind" && mount.ReadOnly)
            {
                TakeOldReadOnly(mount, version);
            }
        }
    }

    /// <summary>Options of another type than the mount's: refused since 1.42, ignored before.</summary>
    private static void DropForeignOptions(Mount mount)
    {
        mount.BindOptions = mount.Type == "bind" ? mount.BindOptions : null;
        mount.VolumeOptions = mount.Type == "volume" ? mount.VolumeOptions : null;
        mount.TmpfsOptions = mount.Type == "tmpfs" ? mount.TmpfsOptions : null;
        if (mount.BindOptions is { } bind)
        {
            bind.CreateMountpoint = false;
        }
    }

    /// <summary>Until 1.44 read-only meant the mount itself. A client without a version may say more, and is then taken at its word.</summary>
    private static void TakeOldReadOnly(Mount mount, ApiVersion version)
    {
        mount.BindOptions ??= new BindOptions();
        mount.BindOptions.ReadOnlyForceRecursive &= version.Adds(44);
        mount.BindOptions.ReadOnlyNonRecursive |= !mount.BindOptions.ReadOnlyForceRecursive;
    }
}
