namespace Coracle.Runtime;

/// <summary>
/// <see cref="LaunchSpec"/> as bytes: the file <c>launch</c> in the container's directory of exec-root, written by the engine and
/// read by the monitor it starts, and by a later engine that has to clean up after a monitor that died.
/// </summary>
/// <remarks>Format: docs/formats/monitor-protocol.md. A new field goes to the end, under a new <see cref="Version"/>.</remarks>
internal static partial class LaunchSpecCodec
{
    /// <summary>argv and environment may take 2 MiB (the kernel's limit at its default stack size); the rest is small.</summary>
    public const int MostBytes = 8 << 20;

    /// <summary>"CLSP", little-endian.</summary>
    private const int Magic = 0x50534C43;

    private const ushort Version = 3;

#if MONITOR_PROTOCOL_NEXT
    private const ushort Written = Version + 1;
#else
    private const ushort Written = Version;
#endif

    /// <summary>Still read: a monitor of an earlier engine may have left one.</summary>
    private const ushort OldestVersion = 1;

    // What one item of a list takes at least: the length fields and numbers of its parts.
    private const int SmallestBind = 10;
    private const int SmallestPair = 8;
    private const int SmallestLimit = 20;
    private const int SmallestDevice = 25;

    public static ReadOnlySpan<byte> Encode(LaunchSpec spec)
    {
        var writer = new RecordWriter();
        writer.Int32(Magic);
        writer.UInt16(Written);
        writer.Text(spec.ContainerId);
        Write(writer, spec.Root);
        Write(writer, spec.Binds, spec.Tmpfs);
        Write(writer, spec.Process);
        Write(writer, spec.Isolation);
        writer.Text(spec.Resources.CgroupPath);
        Write(writer, spec.Stdio);
        Write(writer, spec.Log);
        WriteBindDetails(writer, spec.Binds);
        writer.Flag(spec.Init);
        writer.Text(spec.SharedMemoryOf);
#if MONITOR_PROTOCOL_NEXT
        writer.Text("next");
#endif
        return writer.Written;
    }

    /// <exception cref="InvalidDataException">Not a launch record, or of a version that this program does not know.</exception>
    public static LaunchSpec Decode(ReadOnlySpan<byte> bytes) => Decode(bytes, newest: Written);

    /// <summary>To clean up after a monitor, which a later engine may have started: what that one added is at the end, and not needed.</summary>
    public static ResourceSpec DecodeResources(ReadOnlySpan<byte> bytes) => Decode(bytes, newest: ushort.MaxValue).Resources;

    private static LaunchSpec Decode(ReadOnlySpan<byte> bytes, ushort newest)
    {
        var reader = new RecordReader(bytes);
        if (bytes.Length > MostBytes || reader.Int32() != Magic)
        {
            throw new InvalidDataException("not a launch record");
        }

        ushort version = reader.UInt16();
        if (version < OldestVersion || version > newest)
        {
            throw new InvalidDataException("not a launch record of this version");
        }

        var spec = new LaunchSpec
        {
            ContainerId = reader.Text(),
            Root = ReadRoot(ref reader),
            Binds = ReadBinds(ref reader),
            Tmpfs = ReadTmpfs(ref reader),
            Process = ReadProcess(ref reader),
            Isolation = ReadIsolation(ref reader),
            Resources = ReadResources(ref reader, version),
            Stdio = new StdioSpec(reader.Flag(), reader.Flag(), reader.Flag()),
            Log = new LogSpec(reader.Text(), reader.Int64(), reader.Int32()),
        };
        if (version >= 2)
        {
            spec = spec with { Binds = ReadBindDetails(ref reader, spec.Binds), Init = reader.Flag(), SharedMemoryOf = reader.Text() };
        }

#if MONITOR_PROTOCOL_NEXT
        _ = version > Version ? reader.Text() : "";
#endif
        if (version <= Written)
        {
            reader.ExpectEnd();
        }

        return spec;
    }

    private static void Write(RecordWriter writer, StdioSpec stdio)
    {
        writer.Flag(stdio.Tty);
        writer.Flag(stdio.OpenStdin);
        writer.Flag(stdio.StdinOnce);
    }

    private static void Write(RecordWriter writer, LogSpec log)
    {
        writer.Text(log.Path);
        writer.Int64(log.MaxBytes);
        writer.Int32(log.MaxFiles);
    }
}
