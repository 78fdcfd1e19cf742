namespace Coracle.Runtime;

/// <summary>
/// A container's limits as properties of its scope. Most stand in the cgroup's files already or will; systemd has to know them as
/// well, or a daemon-reload would write its own defaults over them.
/// </summary>
/// <remarks>The choice and the arithmetic are runc's, but for block devices, which it leaves out.</remarks>
internal static class ScopeProperties
{
    public const ulong Infinity = ulong.MaxValue;

    private const int StructAlignment = 8;
    private const ulong MicrosecondsPerSecond = 1_000_000;
    private const ulong DefaultPeriod = 100_000;

    /// <summary>systemd keeps a quota to the nearest 10 ms per second.</summary>
    private const ulong QuotaStep = 10_000;

    /// <summary>What every scope of ours has: systemd leaves what is below to us, and forgets the unit when it ends, however it does.</summary>
    public static void AddCommon(DBusWriter writer, string description, string slice, int pid)
    {
        Add(writer, "Description", description);
        Add(writer, "Slice", slice);
        Add(writer, "Delegate", true);
        Add(writer, "DefaultDependencies", false); // else it would be stopped at shutdown before the engine has stopped its container
        Add(writer, "CollectMode", "inactive-or-failed");
        Begin(writer, "PIDs", "au");
        int array = writer.BeginArray(sizeof(uint));
        writer.UInt32((uint)pid);
        writer.EndArray(array, sizeof(uint));
        foreach (string accounting in (ReadOnlySpan<string>)["MemoryAccounting", "CPUAccounting", "TasksAccounting", "IOAccounting"])
        {
            Add(writer, accounting, true);
        }
    }

    /// <remarks>
    /// Of cgroup v2 alone. Device rules are none of them: there they are a program, which systemd leaves attached in what it delegates.
    /// </remarks>
    public static void AddLimits(DBusWriter writer, ResourceSpec limits)
    {
        Add(writer, "MemoryMax", (ulong?)limits.MemoryBytes);
        Add(writer, "MemoryLow", (ulong?)limits.MemoryReservationBytes);
        Add(writer, "MemorySwapMax", CgroupLimits.SwapOf(limits.MemorySwapBytes, limits.MemoryBytes) is { } swap ? OrInfinity(swap) : null);
        Add(writer, "CPUWeight", limits.CpuShares is { } shares ? CgroupLimits.WeightOf(shares) : null);
        AddQuota(writer, limits);
        Add(writer, "TasksMax", limits.PidsLimit is { } pids ? OrInfinity(pids) : null);
        AddNumbers(writer, "AllowedCPUs", limits.CpusetCpus);
        AddNumbers(writer, "AllowedMemoryNodes", limits.CpusetMems);
        if (limits.BlockIo is { } io)
        {
            AddBlockIo(writer, io);
        }
    }

    public static void Add(DBusWriter writer, string name, ulong? value)
    {
        if (value is { } number)
        {
            Begin(writer, name, "t");
            writer.UInt64(number);
        }
    }

    private static void Add(DBusWriter writer, string name, string value)
    {
        Begin(writer, name, "s");
        writer.Text(value);
    }

    private static void Add(DBusWriter writer, string name, bool value)
    {
        Begin(writer, name, "b");
        writer.Flag(value);
    }

    private static void AddQuota(DBusWriter writer, ResourceSpec limits)
    {
        ulong period = limits.CpuPeriodMicroseconds ?? DefaultPeriod;
        if (period != DefaultPeriod)
        {
            Add(writer, "CPUQuotaPeriodUSec", period); // systemd 242
        }

        if (limits.CpuQuotaMicroseconds is { } quota)
        {
            ulong perSecond = quota <= 0 ? Infinity : (ulong)quota * MicrosecondsPerSecond / period;
            Add(writer, "CPUQuotaPerSecUSec", perSecond is Infinity ? Infinity : (perSecond + QuotaStep - 1) / QuotaStep * QuotaStep);
        }
    }

    /// <summary>Bit N of the bytes is processor or node N.</summary>
    private static void AddNumbers(DBusWriter writer, string name, string list)
    {
        const int BitsPerByte = 8;
        if (list.Length == 0)
        {
            return;
        }

        HashSet<int> numbers = CpusetList.Parse(list);
        byte[] bits = new byte[(numbers.Max() / BitsPerByte) + 1];
        foreach (int number in numbers)
        {
            bits[number / BitsPerByte] |= (byte)(1 << (number % BitsPerByte));
        }

        Begin(writer, name, "ay");
        int array = writer.BeginArray(1);
        foreach (byte eight in bits)
        {
            writer.Byte(eight);
        }

        writer.EndArray(array, 1);
    }

    private static void AddBlockIo(DBusWriter writer, BlockIoSpec io)
    {
        Add(writer, "IOWeight", io.Weight > 0 ? CgroupLimits.IoWeightOf((ulong)io.Weight) : null);
        AddDevices(writer, "IODeviceWeight", io.DeviceWeights, isWeight: true);
        AddDevices(writer, "IOReadBandwidthMax", io.ReadBytesPerSecond);
        AddDevices(writer, "IOWriteBandwidthMax", io.WriteBytesPerSecond);
        AddDevices(writer, "IOReadIOPSMax", io.ReadsPerSecond);
        AddDevices(writer, "IOWriteIOPSMax", io.WritesPerSecond);
    }

    private static void AddDevices(DBusWriter writer, string name, IReadOnlyList<DeviceAmount> devices, bool isWeight = false)
    {
        if (devices.Count == 0)
        {
            return;
        }

        Begin(writer, name, "a(st)");
        int array = writer.BeginArray(StructAlignment);
        foreach (DeviceAmount device in devices)
        {
            writer.Align(StructAlignment);
            writer.Text(device.Path);
            writer.UInt64(isWeight ? CgroupLimits.IoWeightOf(device.Amount) : device.Amount);
        }

        writer.EndArray(array, StructAlignment);
    }

    /// <summary>One (sv) of the array.</summary>
    private static void Begin(DBusWriter writer, string name, string signature)
    {
        writer.Align(StructAlignment);
        writer.Text(name);
        writer.Signature(signature);
    }

    private static ulong OrInfinity(long value) => value < 0 ? Infinity : (ulong)value;
}
