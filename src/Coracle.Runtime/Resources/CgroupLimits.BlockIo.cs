using System.Globalization;
using Coracle.Linux;

namespace Coracle.Runtime;

// Block devices: blkio of v1, io of v2.
internal static partial class CgroupLimits
{
    private static void ApplyBlockIo(Cgroup cgroup, BlockIoSpec limits)
    {
        bool unified = cgroup.IsUnified(CgroupControllers.BlockIo);
        if (unified)
        {
            ApplyIoWeights(cgroup, limits);
        }
        else
        {
            ApplyBlkioWeights(cgroup, limits);
        }

        Throttle(cgroup, limits.ReadBytesPerSecond, unified, "blkio.throttle.read_bps_device", "rbps");
        Throttle(cgroup, limits.WriteBytesPerSecond, unified, "blkio.throttle.write_bps_device", "wbps");
        Throttle(cgroup, limits.ReadsPerSecond, unified, "blkio.throttle.read_iops_device", "riops");
        Throttle(cgroup, limits.WritesPerSecond, unified, "blkio.throttle.write_iops_device", "wiops");
    }

    /// <summary>The scheduler BFQ has Docker's scale, from 10 to 1000; io.weight, which io.cost serves, goes from 1 to 10000.</summary>
    private static void ApplyIoWeights(Cgroup cgroup, BlockIoSpec limits)
    {
        bool bfq = cgroup.HasFile(CgroupControllers.BlockIo, "io.bfq.weight");
        if (limits.Weight > 0)
        {
            cgroup.Write(
                CgroupControllers.BlockIo, bfq ? "io.bfq.weight" : "io.weight", bfq ? Text(limits.Weight) : Text(IoWeightOf((ulong)limits.Weight)));
        }

        foreach (DeviceAmount device in limits.DeviceWeights)
        {
            cgroup.Write(
                CgroupControllers.BlockIo, bfq ? "io.bfq.weight" : "io.weight", Of(device, bfq ? device.Amount : IoWeightOf(device.Amount)));
        }
    }

    /// <summary>Since CFQ has gone (5.0), it is BFQ or nobody who weighs.</summary>
    private static void ApplyBlkioWeights(Cgroup cgroup, BlockIoSpec limits)
    {
        string prefix = cgroup.HasFile(CgroupControllers.BlockIo, "blkio.weight") ? "blkio.weight" : "blkio.bfq.weight";
        Set(cgroup, CgroupControllers.BlockIo, prefix, limits.Weight > 0 ? Text(limits.Weight) : "");
        foreach (DeviceAmount device in limits.DeviceWeights)
        {
            cgroup.Write(CgroupControllers.BlockIo, prefix + "_device", Of(device, device.Amount));
        }
    }

    internal static ulong IoWeightOf(ulong blkioWeight) => 1 + ((Math.Clamp(blkioWeight, 10, 1000) - 10) * 9_999 / 990);

    private static void Throttle(Cgroup cgroup, IReadOnlyList<DeviceAmount> devices, bool unified, string v1, string v2)
    {
        foreach (DeviceAmount device in devices)
        {
            string value = unified && device.Amount == 0 ? "max" : Text(device.Amount);
            cgroup.Write(CgroupControllers.BlockIo, unified ? "io.max" : v1, Of(device, unified ? $"{v2}={value}" : value));
        }
    }

    private static string Of(DeviceAmount device, ulong amount) => Of(device, Text(amount));

    private static string Of(DeviceAmount device, string amount)
        => string.Create(CultureInfo.InvariantCulture, $"{device.Major}:{device.Minor} {amount}");
}
