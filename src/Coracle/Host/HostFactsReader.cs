using System.Security.Cryptography;
using System.Text;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Oci;

namespace Coracle;

/// <summary>Finds out, once at start, what <c>/info</c> says of the device.</summary>
internal static class HostFactsReader
{
    /// <summary>About 1.5 KiB a processor.</summary>
    private const int MaxCpuInfo = 4 * 1024 * 1024;

    public static HostFacts Read(EngineOptions options, CgroupFacts cgroups)
    {
        Platform.Observe(KernelFile.TryRead("/proc/cpuinfo", out byte[]? processors, MaxCpuInfo) ? processors : []);
        KernelIdentity kernel = KernelIdentity.Read();
        (string name, string version) = OperatingSystem();
        return new()
        {
            Id = EngineId(options.DataRoot),
            HostName = kernel.NodeName,
            KernelVersion = kernel.Release,
            OperatingSystem = name,
            OperatingSystemVersion = version,
            Machine = kernel.Machine,
            Architecture = ArchitectureOf(kernel.Machine),
            Processors = Machine.CountProcessors(),
            MemoryBytes = Machine.MemoryBytes,
            Cgroups = cgroups,
            DataRoot = options.DataRoot,
            BackingFilesystem = BackingFilesystem(options.DataRoot),
            HasSeccomp = Text("/proc/self/status").Contains("\nSeccomp:", StringComparison.Ordinal),
            HasAppArmor = Text("/sys/module/apparmor/parameters/enabled").StartsWith('Y'),
            ForwardsIpv4 = Text("/proc/sys/net/ipv4/ip_forward").Trim() == "1",
            Warnings = CgroupWarnings.Of(cgroups),
        };
    }

    /// <summary>A UUID that this device and data root always give, without a file of its own.</summary>
    private static string EngineId(string dataRoot)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"coracle\n{Text("/etc/machine-id").Trim()}\n{dataRoot}"));
        return new Guid(hash.AsSpan(0, 16)).ToString();
    }

    private static (string Name, string Version) OperatingSystem()
    {
        string file = Text("/etc/os-release");
        file = file.Length > 0 ? file : Text("/usr/lib/os-release");
        return (ValueOf(file, "PRETTY_NAME") ?? "Linux", ValueOf(file, "VERSION_ID") ?? "");
    }

    private static string? ValueOf(string file, string key)
    {
        foreach (string line in file.Split('\n'))
        {
            if (line.StartsWith(key + "=", StringComparison.Ordinal))
            {
                return line[(key.Length + 1)..].Trim().Trim('"', '\'');
            }
        }

        return null;
    }

    private static string ArchitectureOf(string machine) => machine switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i686" or "i386" => "386",
        _ when machine.StartsWith("arm", StringComparison.Ordinal) => "arm",
        _ => machine,
    };

    /// <summary>The file system of the mount whose mount point is the longest beginning of the path.</summary>
    private static string BackingFilesystem(string path)
    {
        string best = "";
        string type = "";
        foreach (string line in Text("/proc/self/mountinfo").Split('\n'))
        {
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-");
            if (dash > 0 && dash + 1 < fields.Length && IsUnder(path, fields[4]) && fields[4].Length >= best.Length)
            {
                (best, type) = (fields[4], fields[dash + 1]);
            }
        }

        return type is "ext2" or "ext3" or "ext4" ? "extfs" : type.Length > 0 ? type : "unknown"; // Docker's name for the family
    }

    private static bool IsUnder(string path, string mountPoint)
        => mountPoint == "/" || path == mountPoint || path.StartsWith(mountPoint + "/", StringComparison.Ordinal);

    private static string Text(string path)
        => KernelFile.TryRead(path, out byte[]? content, 1024 * 1024) ? Encoding.UTF8.GetString(content) : "";
}
