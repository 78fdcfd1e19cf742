using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What a monitor's answers mean.</summary>
internal static class MonitorAnswers
{
    public static int CheckedLength(ReadOnlySpan<byte> header)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        return length <= MonitorProtocol.MostAnswerBytes ? (int)length : throw new InvalidDataException("a monitor's answer is too long");
    }

    /// <returns>Null when the answer is not a failure.</returns>
    public static Exception? FailureOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new RecordReader(payload);
            switch ((MonitorAnswer)BinaryPrimitives.ReadUInt16LittleEndian(header[6..]))
            {
                case MonitorAnswer.Done:
                    return null;
                case MonitorAnswer.LaunchFailed:
                    return new LaunchFailedException((LaunchFailureKind)reader.Byte(), reader.Text());
                default:
                    var errno = (Errno)reader.Int32();
                    return new IOException(reader.Text(), new LinuxException("monitor", "container", errno));
            }
        }
        catch (InvalidDataException damaged)
        {
            return damaged;
        }
    }

    public static MonitorState State(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        return new MonitorState((MonitorPhase)reader.Byte(), reader.Flag(), reader.Int32(), reader.Int64());
    }

#if MONITOR_PROTOCOL_NEXT
    public static string Text(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        return reader.Text();
    }
#endif

    public static ExitRecord Exit(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        return ExitFacts.Decode(ref reader).ToRecord();
    }
}

/// <param name="StartedAt">Unix nanoseconds; 0 before the start.</param>
internal readonly record struct MonitorState(MonitorPhase Phase, bool Paused, int Pid, long StartedAt);
