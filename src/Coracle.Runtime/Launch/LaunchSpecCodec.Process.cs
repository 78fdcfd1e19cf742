namespace Coracle.Runtime;

/// <summary>The process and the limits of its cgroup.</summary>
internal static partial class LaunchSpecCodec
{
    internal static void Write(RecordWriter writer, ProcessSpec process)
    {
        writer.Texts(process.Arguments);
        writer.Texts(process.Environment);
        writer.Text(process.WorkingDirectory);
        writer.Text(process.User);
        writer.Texts(process.GroupAdd);
        writer.UInt64(process.Capabilities);
        writer.Bytes(process.SeccompFilter);
        writer.Flag(process.NoNewPrivileges);
        writer.Int32(process.OomScoreAdjust);
        writer.Int32(process.Limits.Count);
        for (int i = 0; i < process.Limits.Count; i++)
        {
            writer.Int32(process.Limits[i].Resource);
            writer.UInt64(process.Limits[i].Soft);
            writer.UInt64(process.Limits[i].Hard);
        }

        writer.Int32(process.Umask);
    }

    internal static ProcessSpec ReadProcess(ref RecordReader reader) => new()
    {
        Arguments = reader.Texts(),
        Environment = reader.Texts(),
        WorkingDirectory = reader.Text(),
        User = reader.Text(),
        GroupAdd = reader.Texts(),
        Capabilities = reader.UInt64(),
        SeccompFilter = reader.Bytes().ToArray(),
        NoNewPrivileges = reader.Flag(),
        OomScoreAdjust = reader.Int32(),
        Limits = ReadLimits(ref reader),
        Umask = reader.Int32(),
    };

    private static ResourceLimit[] ReadLimits(ref RecordReader reader)
    {
        var limits = new ResourceLimit[reader.Count(SmallestLimit)];
        for (int i = 0; i < limits.Length; i++)
        {
            limits[i] = new ResourceLimit(reader.Int32(), reader.UInt64(), reader.UInt64());
        }

        return limits;
    }

    private static void Write(RecordWriter writer, ResourceSpec resources)
    {
        writer.Text(resources.CgroupPath);
        writer.Int64OrNull(resources.MemoryBytes);
        writer.Int64OrNull(resources.MemoryReservationBytes);
        writer.Int64OrNull(resources.MemorySwapBytes);
        writer.UInt64OrNull(resources.CpuShares);
        writer.UInt64OrNull(resources.CpuPeriodMicroseconds);
        writer.Int64OrNull(resources.CpuQuotaMicroseconds);
        writer.Text(resources.CpusetCpus);
        writer.Text(resources.CpusetMems);
        writer.Int64OrNull(resources.PidsLimit);
        writer.Flag(resources.DeviceRules is not null);
        writer.Texts(resources.DeviceRules ?? []);
    }

    private static ResourceSpec ReadResources(ref RecordReader reader) => new()
    {
        CgroupPath = reader.Text(),
        MemoryBytes = reader.Int64OrNull(),
        MemoryReservationBytes = reader.Int64OrNull(),
        MemorySwapBytes = reader.Int64OrNull(),
        CpuShares = reader.UInt64OrNull(),
        CpuPeriodMicroseconds = reader.UInt64OrNull(),
        CpuQuotaMicroseconds = reader.Int64OrNull(),
        CpusetCpus = reader.Text(),
        CpusetMems = reader.Text(),
        PidsLimit = reader.Int64OrNull(),
        DeviceRules = ReadDeviceRules(ref reader),
    };

    private static string[]? ReadDeviceRules(ref RecordReader reader)
    {
        bool present = reader.Flag();
        string[] rules = reader.Texts();
        return present ? rules : null;
    }
}
