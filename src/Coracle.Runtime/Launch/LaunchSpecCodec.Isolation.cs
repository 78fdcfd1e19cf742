namespace Coracle.Runtime;

/// <summary>Namespaces and what the container sees of the host.</summary>
internal static partial class LaunchSpecCodec
{
    private static void Write(RecordWriter writer, IsolationSpec isolation)
    {
        Write(writer, isolation.Network);
        Write(writer, isolation.Ipc);
        Write(writer, isolation.Pid);
        Write(writer, isolation.Uts);
        Write(writer, isolation.Cgroup);
        writer.Text(isolation.Hostname);
        writer.Text(isolation.Domainname);
        writer.Texts(isolation.MaskedPaths);
        writer.Texts(isolation.ReadonlyPaths);
        Write(writer, isolation.Devices);
        writer.Int64(isolation.ShmSize);
        writer.Flag(isolation.Privileged);
        writer.Int32(isolation.Sysctls.Count);
        for (int i = 0; i < isolation.Sysctls.Count; i++)
        {
            writer.Text(isolation.Sysctls[i].Key);
            writer.Text(isolation.Sysctls[i].Value);
        }
    }

    private static IsolationSpec ReadIsolation(ref RecordReader reader) => new()
    {
        Network = ReadNamespace(ref reader),
        Ipc = ReadNamespace(ref reader),
        Pid = ReadNamespace(ref reader),
        Uts = ReadNamespace(ref reader),
        Cgroup = ReadNamespace(ref reader),
        Hostname = reader.Text(),
        Domainname = reader.Text(),
        MaskedPaths = reader.Texts(),
        ReadonlyPaths = reader.Texts(),
        Devices = ReadDevices(ref reader),
        ShmSize = reader.Int64(),
        Privileged = reader.Flag(),
        Sysctls = ReadSysctls(ref reader),
    };

    private static void Write(RecordWriter writer, NamespaceChoice choice)
    {
        writer.Byte((byte)choice.Mode);
        writer.Text(choice.Path ?? "");
    }

    private static NamespaceChoice ReadNamespace(ref RecordReader reader)
    {
        byte mode = reader.Byte();
        return mode <= (byte)NamespaceMode.Join
            ? new NamespaceChoice((NamespaceMode)mode, reader.Text())
            : throw new InvalidDataException("a launch record names an unknown namespace mode");
    }

    private static void Write(RecordWriter writer, IReadOnlyList<DeviceNode> devices)
    {
        writer.Int32(devices.Count);
        for (int i = 0; i < devices.Count; i++)
        {
            DeviceNode device = devices[i];
            writer.Text(device.Path);
            writer.Byte((byte)device.Kind);
            writer.Int32((int)device.Major);
            writer.Int32((int)device.Minor);
            writer.Int32(device.Mode);
            writer.Int32((int)device.Uid);
            writer.Int32((int)device.Gid);
        }
    }

    private static DeviceNode[] ReadDevices(ref RecordReader reader)
    {
        var devices = new DeviceNode[reader.Count(SmallestDevice)];
        for (int i = 0; i < devices.Length; i++)
        {
            devices[i] = new DeviceNode(
                reader.Text(),
                (char)reader.Byte(),
                (uint)reader.Int32(),
                (uint)reader.Int32(),
                reader.Int32(),
                (uint)reader.Int32(),
                (uint)reader.Int32());
        }

        return devices;
    }

    private static KeyValuePair<string, string>[] ReadSysctls(ref RecordReader reader)
    {
        var sysctls = new KeyValuePair<string, string>[reader.Count(SmallestPair)];
        for (int i = 0; i < sysctls.Length; i++)
        {
            sysctls[i] = new KeyValuePair<string, string>(reader.Text(), reader.Text());
        }

        return sysctls;
    }
}
