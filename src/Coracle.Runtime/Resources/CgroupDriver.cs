using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// The engine's part of a container's cgroup. The monitor has made it and put the process into it, which waits before its execve;
/// now come limits and device rules, before a single instruction of the container's has run.
/// </summary>
/// <remarks>Here and not in the monitor, since none of it is needed once the container runs.</remarks>
/// <param name="systemd">Who owns the cgroups of containers that are to be scopes; null where none is.</param>
public sealed class CgroupDriver(SystemdUnits? systemd = null)
{
    /// <param name="pid">The process that waits.</param>
    /// <param name="monitor">The process that made it.</param>
    /// <exception cref="LaunchFailedException">In runc's words; the caller takes the process down.</exception>
    internal void Complete(ResourceSpec resources, int pid, int monitor)
    {
        CgroupHierarchies hierarchies = CgroupHierarchies.Discover();
        if (resources.Scope is { } scope && systemd is not null)
        {
            StartScope(systemd, scope, resources, pid, monitor);
        }

        try
        {
            Cgroup cgroup = Cgroup.At(hierarchies, resources.CgroupPath);
            CgroupLimits.Apply(cgroup, resources);
            CgroupDevices.Apply(cgroup, resources.DeviceRules);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.SetupFailure(
                $"error setting cgroup config for procHooks process: {failure.Call} {failure.Subject}: {ErrnoWords.Of(failure.Errno)}");
        }
    }

    /// <summary>A process that is to outlive the engine, whatever systemd does to its service. What fails is left: it is in a cgroup of its own already.</summary>
    internal void SetApart(int pid)
    {
        try
        {
            systemd?.AdoptMonitor(pid);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            // No systemd to ask.
        }
    }

    /// <summary>What a container's last run may have left with systemd; before the next one, and when there will be none.</summary>
    internal void Forget(string containerId)
    {
        try
        {
            systemd?.StopScope(ScopeName.UnitOf(containerId));
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            // No systemd to ask, or one whose answer is none: whoever needs it next will say so.
        }
    }

    private static void StartScope(SystemdUnits systemd, ScopeName scope, ResourceSpec resources, int pid, int monitor)
    {
        try
        {
            systemd.StartScope(scope, resources, pid, monitor);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            throw LaunchWords.SetupFailure($"unable to apply cgroup configuration: unable to start unit \"{scope.Unit}\": {failure.Message}");
        }
    }
}
