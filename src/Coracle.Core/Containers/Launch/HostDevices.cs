using System.Text;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>The host's device nodes, all of which a privileged container gets. A snapshot, as with Docker: what is plugged in later is not there.</summary>
internal static class HostDevices
{
    /// <summary>Real machines have a few hundred.</summary>
    private const int Most = 4096;

    private const int Deepest = 8;

    /// <summary>Docker's list: what the container has of its own, and what is no device.</summary>
    private static readonly string[] _others = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"];

    public static IReadOnlyList<DeviceNode> List() => List("/dev", "/dev");

    /// <param name="directory">Of the host.</param>
    /// <param name="inside">What it is called in the container.</param>
    public static IReadOnlyList<DeviceNode> List(string directory, string inside)
    {
        List<DeviceNode> nodes = [];
        using DirectoryHandle dev = DirectoryHandle.Open(directory);
        Walk(dev, inside, nodes, depth: 0);
        return nodes;
    }

    private static void Walk(DirectoryHandle directory, string path, List<DeviceNode> nodes, int depth)
    {
        using DirectoryReader reader = directory.ReadEntries();
        while (reader.Next() && nodes.Count < Most)
        {
            string name = Encoding.UTF8.GetString(reader.Name);
            if (!directory.TryStat(reader.Name, out FileStatus status))
            {
                continue; // gone since
            }

            if (status.IsDirectory)
            {
                if (depth < Deepest && !_others.Contains(name) && directory.TryOpenDirectory(reader.Name, out DirectoryHandle? below))
                {
                    using (below)
                    {
                        Walk(below, $"{path}/{name}", nodes, depth + 1);
                    }
                }
            }
            else if (status.Kind is FileKind.CharacterDevice or FileKind.BlockDevice && name != "console")
            {
                nodes.Add(MappedDevices.NodeOf($"{path}/{name}", status));
            }
        }
    }
}
