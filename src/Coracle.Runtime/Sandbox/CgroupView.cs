using System.Text;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>/sys/fs/cgroup of a container.</summary>
/// <remarks>
/// In the host's cgroup namespace each v1 hierarchy shows the container's own directory, bound there, as Docker does on v1; cgroup v2
/// beside v1 (hybrid) is not shown, as with Docker. A cgroup namespace of its own needs no binds: mounts made inside it show it.
/// </remarks>
internal static class CgroupView
{
    internal const string Directory = "/sys/fs/cgroup";

    /// <summary>By the monitor, in the container's mount namespace, after /sys.</summary>
    internal static void Mount(DirectoryHandle root, LaunchSpec spec, IReadOnlyList<CgroupPlace> places)
    {
        if (IsUnified(places))
        {
            return; // see PlanMount
        }

        DefaultMounts.MountOne(root, Directory, "tmpfs", "tmpfs", DefaultMounts.NoSuidExecDev, "mode=755");
        bool own = spec.Isolation.Cgroup.Mode == NamespaceMode.Private;
        foreach (CgroupPlace place in places)
        {
            if (place.Unified || place.Name.Length == 0)
            {
                continue;
            }

            using DirectoryHandle target = root.OpenOrCreateInside(Encoding.UTF8.GetBytes($"{Directory}/{place.Name}"));
            if (!own)
            {
                Bind(place, target, readOnly: !spec.Isolation.Privileged);
            }
        }

        if (!spec.Isolation.Privileged)
        {
            using DirectoryHandle top = root.OpenInside("sys/fs/cgroup"u8);
            Mounts.Mount("", top.ProcPath, "", MountFlags.Bind | MountFlags.Remount | MountFlags.ReadOnly | DefaultMounts.NoSuidExecDev);
        }
    }

    /// <summary>By the child, once it is in its cgroup namespace.</summary>
    /// <param name="pinned">Keeps the targets open until the fork.</param>
    internal static void PlanMount(
        LaunchPlan plan, DirectoryHandle root, LaunchSpec spec, IReadOnlyList<CgroupPlace> places, List<DirectoryHandle> pinned)
    {
        bool unified = IsUnified(places);
        if (!unified && spec.Isolation.Cgroup.Mode != NamespaceMode.Private)
        {
            return;
        }

        MountFlags flags = spec.Isolation.Privileged ? DefaultMounts.NoSuidExecDev : DefaultMounts.NoSuidExecDev | MountFlags.ReadOnly;
        foreach (CgroupPlace place in places)
        {
            if (!unified && (place.Unified || place.Name.Length == 0))
            {
                continue;
            }

            string path = unified ? Directory : $"{Directory}/{place.Name}";
            DirectoryHandle target = root.OpenInside(Encoding.UTF8.GetBytes(path));
            pinned.Add(target);
            plan.MountOn(target.Descriptor, path, unified ? "cgroup2" : "cgroup", flags, unified ? "" : OptionsOf(place.Name));
        }
    }

    /// <summary>cgroup v2 alone.</summary>
    internal static bool IsUnified(IReadOnlyList<CgroupPlace> places) => places.Count == 1 && places[0].Unified;

    /// <summary>A named hierarchy has no controllers to name.</summary>
    private static string OptionsOf(string name) => name == "systemd" ? "none,name=systemd" : name;

    private static void Bind(CgroupPlace place, DirectoryHandle target, bool readOnly)
    {
        using MountTree tree = MountTree.Clone(place.Directory, recursive: false);
        tree.AttachTo(target);
        tree.Remount(readOnly ? DefaultMounts.NoSuidExecDev | MountFlags.ReadOnly : DefaultMounts.NoSuidExecDev);
    }
}
