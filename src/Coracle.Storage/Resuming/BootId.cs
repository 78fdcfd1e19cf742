using System.Text;
using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>Tells this run of the kernel from all others: what the page cache holds lives as long.</summary>
internal static class BootId
{
    private const string Path = "/proc/sys/kernel/random/boot_id";

    /// <returns>A number of its own where the kernel tells none: then nothing that is not durable counts.</returns>
    public static Guid Read()
        => KernelFile.TryRead(Path, out byte[]? text) && Guid.TryParse(Encoding.ASCII.GetString(text).Trim(), out Guid boot) ? boot : Guid.NewGuid();
}
