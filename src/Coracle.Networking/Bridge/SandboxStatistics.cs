using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Networking;

/// <summary>What went through one interface of a sandbox, as seen from inside: received is what came to the container.</summary>
public sealed record SandboxStatistics(string InterfaceName, LinkStatistics Counts)
{
    /// <summary>All interfaces but lo, in the order in which they were made.</summary>
    public static IReadOnlyList<SandboxStatistics> Read(SafeFileHandle sandbox)
    {
        using RouteSocket route = RouteSocket.OpenIn(sandbox);
        List<SandboxStatistics> read = [];
        foreach (NetworkLink link in route.Links())
        {
            if (!link.IsLoopback)
            {
                read.Add(new SandboxStatistics(link.Name, link.Statistics));
            }
        }

        return read;
    }
}
