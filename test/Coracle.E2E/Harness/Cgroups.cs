namespace Coracle.E2E;

/// <summary>The cgroups of this machine, as files.</summary>
internal static class Cgroups
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>cgroup v2 alone.</summary>
    public static bool IsUnified { get; } = File.Exists(Root + "/cgroup.controllers");

    /// <summary>Where a process is.</summary>
    /// <param name="controller">Of v1; v2 has one path for all.</param>
    public static string PathOf(int process, string controller)
        => File.ReadAllLines($"/proc/{process}/cgroup").First(line => line.Split(':')[1].Split(',').Contains(IsUnified ? "" : controller)).Split(':', 3)[2];

    /// <summary>A file of the cgroup that a process is in.</summary>
    public static string Read(int process, string controller, string v1, string v2) => File.ReadAllText(FileOf(process, controller, v1, v2)).Trim();

    /// <summary>Kernels are built without parts of a controller.</summary>
    public static bool Has(int process, string controller, string v1, string v2) => File.Exists(FileOf(process, controller, v1, v2));

    private static string FileOf(int process, string controller, string v1, string v2)
        => Path.Combine(Root, IsUnified ? "" : controller) + PathOf(process, controller) + "/" + (IsUnified ? v2 : v1);
}
