using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// The engine's part of a container's cgroup. The monitor has made it and put the process into it, which waits before its execve;
/// now come limits and device rules, before a single instruction of the container's has run.
/// </summary>
/// <remarks>Here and not in the monitor, since none of it is needed once the container runs.</remarks>
public sealed class CgroupDriver
{
    /// <param name="pid">The process that waits.</param>
    /// <exception cref="LaunchFailedException">In runc's words; the caller takes the process down.</exception>
    internal void Complete(ResourceSpec resources, int pid)
    {
        try
        {
            Cgroup cgroup = Cgroup.At(CgroupHierarchies.Discover(), resources.CgroupPath);
            CgroupLimits.Apply(cgroup, resources);
            CgroupDevices.Apply(cgroup, resources.DeviceRules);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.SetupFailure(
                $"error setting cgroup config for procHooks process: {failure.Call} {failure.Subject}: {ErrnoWords.Of(failure.Errno)}");
        }
    }
}
