namespace Coracle.Runtime;

/// <summary><see cref="ExecSpec"/> as bytes: the file <c>exec-ID</c> in the container's directory of exec-root.</summary>
/// <remarks>
/// Format: docs/formats/monitor-protocol.md. Read by the monitor that the container was started with, perhaps by an older engine: a
/// new field needs a new version of the protocol, which says what that monitor reads.
/// </remarks>
internal static class ExecSpecCodec
{
    /// <summary>"CEXS", little-endian.</summary>
    private const int Magic = 0x53584543;

    private const ushort Version = 1;

    /// <param name="protocol">What its reader, the monitor, speaks: one of an earlier engine reads what that one wrote, and nothing else.</param>
    public static ReadOnlySpan<byte> Encode(ExecSpec spec, int protocol = MonitorProtocol.HighestVersion)
    {
        var writer = new RecordWriter();
        writer.Int32(Magic);
        writer.UInt16(VersionFor(protocol));
        writer.Text(spec.ContainerId);
        LaunchSpecCodec.Write(writer, spec.Process);
        writer.Flag(spec.Tty);
        writer.Flag(spec.Stdin);
        writer.Flag(spec.Stdout);
        writer.Flag(spec.Stderr);
        writer.UInt16((ushort)spec.Rows);
        writer.UInt16((ushort)spec.Columns);
#if MONITOR_PROTOCOL_NEXT
        if (VersionFor(protocol) > Version)
        {
            writer.Text("next");
        }
#endif
        return writer.Written;
    }

    /// <exception cref="InvalidDataException">Not such a record, or of a version that this program does not know.</exception>
    public static ExecSpec Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new RecordReader(bytes);
        ushort version = 0;
        if (bytes.Length > LaunchSpecCodec.MostBytes || reader.Int32() != Magic || (version = reader.UInt16()) < Version
            || version > VersionFor(MonitorProtocol.HighestVersion))
        {
            throw new InvalidDataException("not an exec record of this version");
        }

        var spec = new ExecSpec
        {
            ContainerId = reader.Text(),
            Process = LaunchSpecCodec.ReadProcess(ref reader),
            Tty = reader.Flag(),
            Stdin = reader.Flag(),
            Stdout = reader.Flag(),
            Stderr = reader.Flag(),
            Rows = reader.UInt16(),
            Columns = reader.UInt16(),
        };
#if MONITOR_PROTOCOL_NEXT
        _ = version > Version ? reader.Text() : "";
#endif
        reader.ExpectEnd();
        return spec;
    }

#if MONITOR_PROTOCOL_NEXT
    private static ushort VersionFor(int protocol) => (ushort)(protocol >= MonitorProtocol.DescribeVersion ? Version + 1 : Version);
#else
    private static ushort VersionFor(int protocol) => protocol >= MonitorProtocol.ExecVersion ? Version : (ushort)0;
#endif
}
