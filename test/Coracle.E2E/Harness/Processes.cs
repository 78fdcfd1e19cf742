namespace Coracle.E2E;

/// <summary>A look at /proc.</summary>
internal static class Processes
{
    /// <summary>cgroup v1 controllers whose hierarchies are looked at; hybrid and v2 are one directory more.</summary>
    private const string CgroupRoot = "/sys/fs/cgroup";

    public static IEnumerable<int> All()
        => Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out int id) ? id : 0).Where(id => id > 0);

    public static bool Exists(int id) => Directory.Exists($"/proc/{id}");

    /// <summary>It exists and is no zombie: one whose parent was killed is its new parent's to take, which may not care.</summary>
    public static bool Lives(int id)
    {
        string stat = Read(id, "stat");
        int end = stat.LastIndexOf(')');
        return end > 0 && stat[end + 2] is not ('Z' or 'X');
    }

    public static string Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public static string CommandLine(int id) => Read(id, "cmdline").Replace('\0', ' ').Trim();

    public static string? LinkOf(int id, string link)
    {
        try
        {
            return new FileInfo($"/proc/{id}/{link}").LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Direct children with that name in /proc/…/comm.</summary>
    public static int[] ChildrenOf(int parent, string named)
        => [.. All().Where(id => Read(id, "comm").Trim() == named && ParentOf(id) == parent)];

    public static int ParentOf(int id)
    {
        string stat = Read(id, "stat");
        int end = stat.LastIndexOf(')');
        return end < 0 ? 0 : int.Parse(stat[(end + 2)..].Split(' ')[1]);
    }

    /// <summary>Mount points in this process's namespace that lie below the directory.</summary>
    public static string[] MountsBelow(string directory)
        => [.. File.ReadAllLines("/proc/self/mountinfo").Select(l => l.Split(' ')[4]).Where(p => p.StartsWith(directory + "/", StringComparison.Ordinal))];

    public static async Task UnmountBelowAsync(string directory)
    {
        foreach (string point in MountsBelow(directory).Reverse())
        {
            _ = await Command.RunAsync("/bin/umount", ["-l", point], Machine.Environment("/"));
        }
    }

    /// <summary>Cgroup directories whose name holds one of the ids.</summary>
    public static List<string> CgroupsNaming(IReadOnlyCollection<string> ids)
    {
        var found = new List<string>();
        if (ids.Count > 0)
        {
            Walk(CgroupRoot, depth: 5);
        }

        return found;

        void Walk(string directory, int depth)
        {
            foreach (string below in Below(directory))
            {
                if (ids.Any(id => below.Contains(id, StringComparison.Ordinal)))
                {
                    found.Add(below);
                }
                else if (depth > 0)
                {
                    Walk(below, depth - 1);
                }
            }
        }
    }

    private static string[] Below(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (DirectoryNotFoundException)
        {
            return []; // gone since it was listed
        }
    }
}
