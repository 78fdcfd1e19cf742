using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Which devices a container may use: a list on v1, a program on v2.</summary>
internal static class CgroupDevices
{
    /// <param name="rules">Allowed, all else is not; null allows everything and leaves the cgroup as it is.</param>
    /// <exception cref="LinuxException">The rules are not in force: nothing may run. So it is, too, where no cgroup can hold them, as with runc.</exception>
    internal static void Apply(Cgroup cgroup, IReadOnlyList<string>? rules)
    {
        if (rules is null)
        {
            return;
        }

        if (cgroup.Has(CgroupControllers.Devices))
        {
            cgroup.Write(CgroupControllers.Devices, "devices.deny", "a");
            foreach (string rule in rules)
            {
                cgroup.Write(CgroupControllers.Devices, "devices.allow", rule);
            }
        }
        else if (cgroup.Hierarchies.Unified is not null)
        {
            cgroup.AttachDeviceProgram(DeviceProgram.Assemble(rules));
        }
        else
        {
            throw new LinuxException("device rules", "need cgroup v1's devices controller or cgroup v2, and neither is mounted", Errno.ENOENT);
        }
    }
}
