using System.Buffers.Binary;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Fuzz;

/// <summary>What engine and monitor write to each other: bytes from another process, perhaps of another version.</summary>
internal static class MonitorTargets
{
    public static void Launch(ReadOnlySpan<byte> input)
    {
        byte[] once = LaunchSpecCodec.Encode(LaunchSpecCodec.Decode(input)).ToArray();
        Promise.Same(LaunchSpecCodec.Encode(LaunchSpecCodec.Decode(once)), once, "a launch record that is written is read as it was");
    }

    public static void Exec(ReadOnlySpan<byte> input)
    {
        byte[] once = ExecSpecCodec.Encode(ExecSpecCodec.Decode(input)).ToArray();
        Promise.Same(ExecSpecCodec.Encode(ExecSpecCodec.Decode(once)), once, "an exec record that is written is read as it was");
    }

    /// <summary>The engine's reading: a header and what follows.</summary>
    public static void Answers(ReadOnlySpan<byte> input)
    {
        if (input.Length < MonitorProtocol.HeaderLength)
        {
            return;
        }

        ReadOnlySpan<byte> header = input[..MonitorProtocol.HeaderLength], payload = input[MonitorProtocol.HeaderLength..];
        Promise.Holds(MonitorAnswers.CheckedLength(header) <= MonitorProtocol.MostAnswerBytes, "no answer is longer than the protocol says");
        if (MonitorAnswers.FailureOf(header, payload) is null)
        {
            _ = MonitorAnswers.Exit(payload);
            _ = MonitorAnswers.State(payload);
        }
    }

    /// <summary>The monitor's reading, over a real socket: a greeting and requests.</summary>
    public static void Requests(ReadOnlySpan<byte> input)
    {
        Descriptor.CreateSocketPair(out Descriptor ours, out Descriptor theirs);
        using Connection connection = new(theirs);
        using (ours)
        {
            ours.SetNonBlocking();
            theirs.SetNonBlocking();
            _ = ours.Write(input[..Math.Min(input.Length, 4096)]);
            ours.CompleteWrites();
            int requests = 0;
            while (!connection.IsClosed)
            {
                connection.Receive();
                while (connection.TryNext(out MonitorOperation operation, out uint sequence, out ReadOnlySpan<byte> payload))
                {
                    int length = payload.Length;
                    Promise.Holds(length <= MonitorProtocol.MostRequestBytes, "no request is longer than the protocol says");
                    connection.Answer(operation, MonitorAnswer.Refused, sequence, []);
                    connection.Done(length);
                    Promise.Holds(++requests <= input.Length / MonitorProtocol.HeaderLength, "no more requests than were sent");
                }
            }
        }
    }

    public static void ExitRecord(ReadOnlySpan<byte> input)
    {
        RecordReader reader = new(input);
        ExitFacts facts = ExitFacts.Decode(ref reader);
        _ = facts.ToRecord();
        RecordWriter writer = new();
        facts.Encode(writer);
        RecordReader again = new(writer.Written);
        RecordWriter twice = new();
        ExitFacts.Decode(ref again).Encode(twice);
        Promise.Same(twice.Written, writer.Written, "an exit record that is written is read as it was");
        _ = BinaryPrimitives.ReadInt32LittleEndian(writer.Written);
    }
}
