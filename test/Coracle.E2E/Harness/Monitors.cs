namespace Coracle.E2E;

/// <summary>The processes that stay with containers.</summary>
internal static class Monitors
{
    /// <summary>Its container's monitor, or dockerd's containerd-shim.</summary>
    public static int Of(string containerId)
        => TryFind(containerId) ?? throw new InvalidOperationException("no monitor of " + containerId);

    public static int? TryFind(string containerId)
    {
        string name = Engine.Kind == EngineKind.Docker ? "containerd-shim" : "coracle-monitor";
        int[] found = [.. Processes.All().Where(id => IsOne(Processes.CommandLine(id), name, containerId))];
        return found.Length > 0 ? found[0] : null;
    }

    private static bool IsOne(string line, string name, string containerId)
        => line.Contains(containerId, StringComparison.Ordinal) && line.Split(' ')[0].Contains(name, StringComparison.Ordinal);
}
