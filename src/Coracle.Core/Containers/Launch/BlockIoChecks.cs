using Coracle.Wire;

namespace Coracle.Core;

/// <summary>The part of <see cref="ResourceChecks"/> that is about block devices.</summary>
internal static class BlockIoChecks
{
    public static void Verify(HostConfig host, BlockIoFacts facts, List<string> warnings)
    {
        if (host.BlkioWeight > 0 && !facts.HasWeight)
        {
            warnings.Add("Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.");
            host.BlkioWeight = 0;
        }

        ResourceChecks.Refuse(host.BlkioWeight != 0 && host.BlkioWeight is < 10 or > 1000, "Range of blkio weight is from 10 to 1000");
        if (host.BlkioWeightDevice is { Count: > 0 } && !facts.HasDeviceWeight)
        {
            warnings.Add("Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.");
            host.BlkioWeightDevice = [];
        }

        foreach (WeightDevice device in host.BlkioWeightDevice ?? [])
        {
            ResourceChecks.Refuse(device.Weight is < 10 or > 1000, "Range of blkio weight is from 10 to 1000");
        }

        host.BlkioDeviceReadBps = Keep(host.BlkioDeviceReadBps, facts.LimitsReadBytes, warnings, "BPS Block I/O read limit", "Block I/O BPS read limit");
        host.BlkioDeviceWriteBps = Keep(host.BlkioDeviceWriteBps, facts.LimitsWriteBytes, warnings, "BPS Block I/O write limit", "Block I/O BPS write limit");
        host.BlkioDeviceReadIOps = Keep(host.BlkioDeviceReadIOps, facts.LimitsReads, warnings, "IOPS Block read limit", "Block I/O IOPS read limit");
        host.BlkioDeviceWriteIOps = Keep(host.BlkioDeviceWriteIOps, facts.LimitsWrites, warnings, "IOPS Block write limit", "Block I/O IOPS write limit");
    }

    private static IReadOnlyList<ThrottleDevice>? Keep(
        IReadOnlyList<ThrottleDevice>? devices, bool possible, List<string> warnings, string unsupported, string discarded)
    {
        if (devices is not { Count: > 0 } || possible)
        {
            return devices;
        }

        warnings.Add($"Your kernel does not support {unsupported} or the cgroup is not mounted. {discarded} discarded.");
        return [];
    }
}
