using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Runtime;

/// <summary>Plain directories that look like the trees of a machine, with the files that a kernel would have made in one cgroup.</summary>
internal sealed class FakeCgroups : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("coracle-cgroups-");

    private FakeCgroups(string[] mounts, string unifiedControllers, string[] files)
    {
        StringBuilder table = new();
        foreach (string mount in mounts)
        {
            string path = $"{_root.FullName}/{mount}";
            Directory.CreateDirectory($"{path}/box");
            table.AppendLine(mount == "unified" ? $"30 20 0:9 / {path} rw - cgroup2 cgroup2 rw" : $"31 20 0:10 / {path} rw - cgroup cgroup rw,{mount}");
            foreach (string file in files)
            {
                if (mount == "unified" || file.StartsWith(mount + ".", StringComparison.Ordinal))
                {
                    File.WriteAllText($"{path}/box/{file}", "");
                }
            }
        }

        Hierarchies = CgroupHierarchies.Parse(Encoding.UTF8.GetBytes(table.ToString()), _ => Encoding.UTF8.GetBytes(unifiedControllers));
        Box = Cgroup.At(Hierarchies, "box");
    }

    public CgroupHierarchies Hierarchies { get; }

    /// <summary>The one cgroup.</summary>
    public Cgroup Box { get; }

    public static FakeCgroups V1(params string[] files) => new(["cpu", "cpuset", "memory", "pids", "blkio", "devices"], "", files);

    public static FakeCgroups WithoutDevices() => new(["memory"], "", []);

    public static FakeCgroups V2(params string[] files) => new(["unified"], "cpuset cpu io memory hugetlb pids rdma", files);

    public string Text(string file) => File.ReadAllText(Directory.GetFiles(_root.FullName, file, SearchOption.AllDirectories).Single());

    public void Dispose() => _root.Delete(recursive: true);
}
