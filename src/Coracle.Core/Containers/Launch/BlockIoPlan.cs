using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Limits of block devices: the host's nodes are looked up at each start, since their numbers change from boot to boot.</summary>
internal static class BlockIoPlan
{
    /// <returns>Null when none is asked for.</returns>
    /// <exception cref="EngineException">A device that is not there.</exception>
    public static BlockIoSpec? Build(HostConfig host)
    {
        BlockIoSpec limits = new(
            (int)host.BlkioWeight,
            [.. (host.BlkioWeightDevice ?? []).Select(device => Find(device.Path, (ulong)device.Weight))],
            Rates(host.BlkioDeviceReadBps),
            Rates(host.BlkioDeviceWriteBps),
            Rates(host.BlkioDeviceReadIOps),
            Rates(host.BlkioDeviceWriteIOps));
        bool none = limits.Weight == 0 && limits.DeviceWeights.Count == 0 && limits.ReadBytesPerSecond.Count == 0
            && limits.WriteBytesPerSecond.Count == 0 && limits.ReadsPerSecond.Count == 0 && limits.WritesPerSecond.Count == 0;
        return none ? null : limits;
    }

    private static DeviceAmount[] Rates(IReadOnlyList<ThrottleDevice>? devices) => [.. (devices ?? []).Select(device => Find(device.Path, (ulong)device.Rate))];

    private static DeviceAmount Find(string path, ulong amount)
    {
        try
        {
            FileStatus status = HostPath.Status(path);
            return new DeviceAmount(status.DeviceMajor, status.DeviceMinor, amount, path);
        }
        catch (LinuxException failure)
        {
            throw new EngineException(Refusal.Failed, $"stat {path}: {ErrnoWords.Of(failure.Errno)}", failure);
        }
    }
}
