using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>All mounts that a client asks for by place: Binds and Mounts, checked against each other and against Tmpfs.</summary>
internal static class MountRequests
{
    /// <exception cref="EngineException">A mount that is not valid or not built, or two at one place.</exception>
    public static List<MountPoint> Parse(HostConfig host)
    {
        List<MountPoint> points = [];
        HashSet<string> taken = [.. TmpfsTargets(host)];
        foreach (string text in host.Binds ?? [])
        {
            Add(points, taken, BindText.Parse(text, host.VolumeDriver));
        }

        foreach (Mount mount in host.Mounts ?? [])
        {
            Add(points, taken, MountRequest.Parse(mount));
        }

        return points;
    }

    /// <summary>What a client has to be told at once and what can change until a start: sources that must be there are.</summary>
    /// <inheritdoc cref="Parse"/>
    public static void Check(HostConfig host)
    {
        foreach (MountPoint point in Parse(host))
        {
            if (point.SourceMustExist && !HostPath.Exists(point.Source))
            {
                throw SourceMissing(point.Source);
            }
        }
    }

    public static EngineException SourceMissing(string source)
        => new(Refusal.InvalidArgument, $"invalid mount config for type \"bind\": bind source path does not exist: {source}");

    /// <summary>Where <c>--tmpfs</c> mounts something, clean.</summary>
    /// <exception cref="EngineException">Not an absolute path, or the root.</exception>
    public static IEnumerable<string> TmpfsTargets(HostConfig host)
    {
        foreach (string target in host.Tmpfs?.Keys ?? [])
        {
            if (!target.StartsWith('/') || target.Contains('\0', StringComparison.Ordinal))
            {
                throw new EngineException(Refusal.InvalidArgument, $"invalid mount path: '{target}' mount path must be absolute");
            }

            string clean = ContainerPath.Clean(target);
            yield return clean != "/" ? clean : throw new EngineException(Refusal.InvalidArgument, "invalid specification: destination can't be '/'");
        }
    }

    private static void Add(List<MountPoint> points, HashSet<string> taken, MountPoint point)
    {
        if (!taken.Add(point.Destination))
        {
            throw new EngineException(Refusal.InvalidArgument, "Duplicate mount point: " + point.Destination);
        }

        points.Add(point);
    }
}
