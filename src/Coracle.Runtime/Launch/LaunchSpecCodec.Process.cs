namespace Coracle.Runtime;

/// <summary>The process and its cgroup.</summary>
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

    /// <summary>Before version 3 the limits stood here: whoever reads such a record today cleans up after a container that had them applied.</summary>
    private static ResourceSpec ReadResources(ref RecordReader reader, ushort version)
    {
        var resources = new ResourceSpec { CgroupPath = reader.Text() };
        if (version < 3)
        {
            SkipLimits(ref reader);
        }

        return resources;
    }

    private static void SkipLimits(ref RecordReader reader)
    {
        const int MemoryAndCpu = 6; // each a flag and eight bytes
        for (int i = 0; i < MemoryAndCpu; i++)
        {
            _ = reader.Int64OrNull();
        }

        _ = reader.Bytes(); // CPUs
        _ = reader.Bytes(); // memory nodes
        _ = reader.Int64OrNull(); // processes
        _ = reader.Flag();
        _ = reader.Texts(); // device rules
    }
}
