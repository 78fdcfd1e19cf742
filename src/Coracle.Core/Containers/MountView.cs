namespace Coracle.Core;

/// <summary>One mount as inspect and list show it. What <c>--tmpfs</c> made is shown in HostConfig only, as Docker does.</summary>
/// <param name="Type"><c>bind</c>, <c>volume</c> or <c>tmpfs</c>.</param>
/// <param name="Name">A volume's.</param>
/// <param name="Source">On the host; empty for a tmpfs.</param>
/// <param name="Driver">A volume's.</param>
public sealed record MountView(
    string Type, string Name, string Source, string Destination, string Driver, string Mode, bool Writable, string Propagation)
{
    /// <param name="volumePath">Where a volume's files are.</param>
    public static IReadOnlyList<MountView> Of(IReadOnlyList<MountPoint> mounts, Func<string, string> volumePath)
    {
        List<MountView> views = [];
        foreach (MountPoint mount in mounts)
        {
            views.Add(new MountView(
                mount.Kind, mount.Name, mount.IsVolume ? volumePath(mount.Name) : mount.Source, mount.Destination,
                mount.IsVolume ? VolumeCatalog.LocalDriver : "", mount.Mode, !mount.ReadOnly, mount.Propagation));
        }

        return views;
    }
}
