using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Where a container's cgroup is.</summary>
internal static class CgroupPlacement
{
    /// <param name="defaultParent">A path on cgroupfs, a slice on systemd.</param>
    /// <returns>The path below each hierarchy's mount point, and systemd's unit there.</returns>
    /// <exception cref="EngineException">A parent that cannot be.</exception>
    public static (string Path, ScopeName? Scope) Of(HostConfig host, string containerId, CgroupFacts facts, string defaultParent)
    {
        if (!facts.IsSystemd)
        {
            return (Parent(host, defaultParent) + "/" + containerId, null);
        }

        string slice = host.CgroupParent.Length > 0 ? host.CgroupParent : defaultParent;
        string path = SliceName.Expand(slice)
            ?? throw new EngineException(Refusal.InvalidArgument, "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"");

        ScopeName scope = new(ScopeName.UnitOf(containerId), slice);
        return ($"{path}/{scope.Unit}".TrimStart('/'), scope);
    }

    /// <summary>A relative cgroup path below every hierarchy's root.</summary>
    private static string Parent(HostConfig host, string defaultParent)
    {
        string parent = host.CgroupParent.Trim('/');
        return parent.Split('/').Any(part => part is ".." or ".") || parent.Contains('\0', StringComparison.Ordinal)
            ? throw new EngineException(Refusal.InvalidArgument, $"invalid cgroup parent: {host.CgroupParent}")
            : parent.Length > 0 ? parent : defaultParent.Trim('/');
    }
}
