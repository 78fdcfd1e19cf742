using System.Globalization;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>One of <c>HostConfig.Mounts</c>, checked by Docker's rules and in its words.</summary>
internal static class MountRequest
{
    /// <exception cref="EngineException">400: not a valid mount; 501: of a kind that is not built.</exception>
    public static MountPoint Parse(Mount mount)
    {
        CheckPath(mount, mount.Target, "Target");
        string destination = ContainerPath.Clean(mount.Target);
        if (destination == "/")
        {
            throw Invalid(mount, "invalid specification: destination can't be '/'");
        }

        MountPoint point = new() { Kind = mount.Type, Destination = destination, ReadOnly = mount.ReadOnly };
        switch (mount.Type)
        {
            case MountPoint.Bind:
                TakeBind(point, mount);
                break;
            case MountPoint.Volume:
                TakeVolume(point, mount);
                break;
            case MountPoint.Tmpfs:
                TakeTmpfs(point, mount);
                break;
            case "image":
                throw NotBuilt.Option("HostConfig.Mounts of type image");
            default:
                throw Invalid(mount, "mount type unknown");
        }

        return point;
    }

    private static void TakeBind(MountPoint point, Mount mount)
    {
        RefuseExtra(mount, mount.VolumeOptions, "VolumeOptions");
        RefuseExtra(mount, mount.TmpfsOptions, "TmpfsOptions");
        BindOptions options = mount.BindOptions ?? new BindOptions();
        if (options.Propagation.Length > 0 && !MountMode.IsPropagation(options.Propagation))
        {
            throw Invalid(mount, "invalid propagation mode: " + options.Propagation);
        }

        CheckPath(mount, mount.Source, "Source");
        CheckReach(mount, options);
        point.Source = ContainerPath.Clean(mount.Source);
        point.Propagation = options.Propagation.Length > 0 ? options.Propagation : "rprivate";
        point.NonRecursive = options.NonRecursive;
        point.ReadOnlyNonRecursive = options.ReadOnlyNonRecursive;
        point.ReadOnlyForceRecursive = options.ReadOnlyForceRecursive;
        point.SourceMustExist = !options.CreateMountpoint;
    }

    private static void CheckReach(Mount mount, BindOptions options)
    {
        if (options.ReadOnlyForceRecursive && (!mount.ReadOnly || options.ReadOnlyNonRecursive || options.NonRecursive))
        {
            throw Invalid(mount, mount.ReadOnly
                ? "ReadOnlyForceRecursive is conflicting with " + (options.NonRecursive ? "NonRecursive" : "ReadOnlyNonRecursive")
                : "ReadOnlyForceRecursive must be used with ReadOnly");
        }
    }

    private static void TakeVolume(MountPoint point, Mount mount)
    {
        RefuseExtra(mount, mount.BindOptions, "BindOptions");
        RefuseExtra(mount, mount.TmpfsOptions, "TmpfsOptions");
        VolumeOptions options = mount.VolumeOptions ?? new VolumeOptions();
        point.Anonymous = mount.Source.Length == 0;
        if (point.Anonymous && options.Subpath.Length > 0)
        {
            throw Invalid(mount, "must not set Subpath when using anonymous volumes");
        }

        if (!IsLocal(options.Subpath))
        {
            throw Invalid(mount, "subpath must be a relative path within the volume");
        }

        if (point.Anonymous && mount.ReadOnly)
        {
            throw Invalid(mount, "must not set ReadOnly mode when using anonymous volumes");
        }

        point.Name = mount.Source;
        point.Subpath = options.Subpath;
        point.NoCopy = options.NoCopy;
        point.Labels = options.Labels;
        point.Driver = options.DriverConfig?.Name ?? "";
        point.DriverOptions = options.DriverConfig?.Options;
    }

    private static void TakeTmpfs(MountPoint point, Mount mount)
    {
        RefuseExtra(mount, mount.BindOptions, "BindOptions");
        RefuseExtra(mount, mount.VolumeOptions, "VolumeOptions");
        if (mount.Source.Length > 0)
        {
            throw Extra(mount, "Source");
        }

        List<string> words = [];
        if (mount.ReadOnly)
        {
            words.Add("ro");
        }

        if (mount.TmpfsOptions is { Mode: > 0 } moded)
        {
            words.Add("mode=" + Convert.ToString(moded.Mode, 8));
        }

        if (mount.TmpfsOptions is { SizeBytes: not 0 } sized)
        {
            words.Add(sized.SizeBytes > 0
                ? "size=" + sized.SizeBytes.ToString(CultureInfo.InvariantCulture)
                : throw Invalid(mount, "invalid tmpfs size: must not be negative"));
        }

        point.TmpfsWords = string.Join(',', words);
    }

    /// <summary>Go's filepath.IsLocal: relative, and never above where it starts; empty is the volume itself.</summary>
    private static bool IsLocal(string path)
    {
        int depth = 0;
        foreach (string part in path.Split('/'))
        {
            depth += part switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                return false;
            }
        }

        return !path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>What it leads to is decided inside the container, by the runtime.</summary>
    private static void CheckPath(Mount mount, string path, string field)
    {
        if (path.Length == 0)
        {
            throw Invalid(mount, $"field {field} must not be empty");
        }

        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(mount, $"invalid mount path: '{path}' mount path must be absolute");
        }
    }

    private static void RefuseExtra(Mount mount, object? options, string field)
    {
        if (options is not null)
        {
            throw Extra(mount, field);
        }
    }

    private static EngineException Extra(Mount mount, string field) => Invalid(mount, $"field {field} must not be specified");

    private static EngineException Invalid(Mount mount, string why)
        => new(Refusal.InvalidArgument, $"invalid mount config for type \"{mount.Type}\": {why}");
}
