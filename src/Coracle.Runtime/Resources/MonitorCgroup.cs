using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Where monitors live: neither in a container's cgroup, whose limits they would share, nor in the service's, with which they would be stopped.</summary>
internal static class MonitorCgroup
{
    private const string Path = "coracle/monitors";

    /// <summary>Moves the calling process there. What cannot be joined is left: a monitor in the wrong place is better than no container.</summary>
    internal static void Join()
    {
        try
        {
            Cgroup.CreateEmpty(CgroupHierarchies.Discover(), Path).AddProcess(0); // 0 is whoever writes
        }
        catch (LinuxException)
        {
            // No cgroups here, or none of ours to change.
        }
    }
}
