using Coracle.Wire;

namespace Coracle.Core;

/// <summary>One mount as inspect and list show it.</summary>
/// <param name="Type"><c>bind</c> or <c>tmpfs</c>.</param>
public sealed record MountView(string Type, string Source, string Destination, string Mode, bool Writable)
{
    /// <summary>Binds and Mounts; what <c>--tmpfs</c> made is shown in HostConfig only, as Docker does.</summary>
    public static IReadOnlyList<MountView> Of(HostConfig host)
    {
        List<MountView> views = [];
        HashSet<string> modes = [.. host.Mounts?.Select(mount => mount.Target) ?? []];
        foreach (Runtime.BindMount bind in MountPlan.Parse(host).Binds)
        {
            string mode = modes.Contains(bind.Target) ? "" : bind.ReadOnly ? "ro" : "";
            views.Add(new MountView("bind", bind.Source, bind.Target, mode, !bind.ReadOnly));
        }

        foreach (Mount mount in host.Mounts ?? [])
        {
            if (mount.Type == "tmpfs")
            {
                views.Add(new MountView("tmpfs", "", mount.Target, "", !mount.ReadOnly));
            }
        }

        return views;
    }
}
