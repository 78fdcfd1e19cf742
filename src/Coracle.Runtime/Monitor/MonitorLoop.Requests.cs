using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Runtime;

// What clients ask for.
internal sealed partial class MonitorLoop
{
    private const int SignalKill = 9;
    private const int HighestSignal = 64;

    private bool _killed;

    private void AnswerRequests(Connection connection)
    {
        while (!connection.IsAttached
            && connection.TryNext(out MonitorOperation operation, out uint sequence, out ReadOnlySpan<byte> payload))
        {
            int length = payload.Length;
            Answer(connection, operation, sequence, payload);
            connection.Done(length);
        }
    }

    private void Answer(Connection connection, MonitorOperation operation, uint sequence, ReadOnlySpan<byte> payload)
    {
        try
        {
            Do(connection, operation, sequence, payload);
        }
        catch (LaunchFailedException failure)
        {
            TellFailure(connection, operation, sequence, failure);
        }
        catch (LinuxException failure)
        {
            Refuse(connection, operation, sequence, failure.Errno, failure.Message);
        }
        catch (InvalidDataException damaged)
        {
            Refuse(connection, operation, sequence, Errno.EINVAL, damaged.Message);
        }
    }

    private void Do(Connection connection, MonitorOperation operation, uint sequence, ReadOnlySpan<byte> payload)
    {
        switch (operation)
        {
            case MonitorOperation.Create when _phase == MonitorPhase.Fresh:
                Create();
                AnswerState(connection, operation, sequence);
                break;
            case MonitorOperation.Start when _phase == MonitorPhase.Created:
                Start();
                AnswerState(connection, operation, sequence);
                break;
            case MonitorOperation.State:
                AnswerState(connection, operation, sequence);
                break;
            case MonitorOperation.Wait:
                connection.Waiting = sequence;
                TellExit(connection);
                break;
            case MonitorOperation.Attach when payload.Length == 1:
                Attach(connection, sequence, (AttachedStreams)payload[0]);
                break;
            case MonitorOperation.Signal when payload.Length == sizeof(int):
                Signal(BinaryPrimitives.ReadInt32LittleEndian(payload));
                connection.Answer(operation, MonitorAnswer.Done, sequence, []);
                break;
            case MonitorOperation.Pause or MonitorOperation.Resume:
                Freeze(operation == MonitorOperation.Pause);
                connection.Answer(operation, MonitorAnswer.Done, sequence, []);
                break;
            case MonitorOperation.Resize when payload.Length == 2 * sizeof(ushort):
                _streams?.SetWindowSize(
                    BinaryPrimitives.ReadUInt16LittleEndian(payload), BinaryPrimitives.ReadUInt16LittleEndian(payload[sizeof(ushort)..]));
                connection.Answer(operation, MonitorAnswer.Done, sequence, []);
                break;
#if !MONITOR_PROTOCOL_FIRST
            case >= MonitorOperation.ExecCreate and <= MonitorOperation.ExecWait:
                DoExec(connection, operation, sequence, payload);
                break;
#endif
#if MONITOR_PROTOCOL_NEXT
            case MonitorOperation.Describe:
                var description = new RecordWriter();
                description.Text("next");
                connection.Answer(operation, MonitorAnswer.Done, sequence, description.Written);
                break;
#endif
            default:
                // Of a later version, or out of order.
                Refuse(connection, operation, sequence, Errno.EINVAL, "the monitor cannot do that now");
                break;
        }
    }

    internal static void TellFailure(Connection connection, MonitorOperation operation, uint sequence, LaunchFailedException failure)
    {
        var answer = new RecordWriter();
        answer.Byte((byte)failure.Kind);
        answer.Text(failure.Message);
        connection.Answer(operation, MonitorAnswer.LaunchFailed, sequence, answer.Written);
    }

    internal static void Refuse(Connection connection, MonitorOperation operation, uint sequence, Errno errno, string message)
    {
        var answer = new RecordWriter();
        answer.Int32((int)errno);
        answer.Text(message);
        connection.Answer(operation, MonitorAnswer.Refused, sequence, answer.Written);
    }

    private void AnswerState(Connection connection, MonitorOperation operation, uint sequence)
    {
        var answer = new RecordWriter();
        answer.Byte((byte)_phase);
        answer.Flag(_paused);
        answer.Int32(_process?.Pid ?? 0);
        answer.Int64(_startedAt);
        connection.Answer(operation, MonitorAnswer.Done, sequence, answer.Written);
    }

    private void Attach(Connection connection, uint sequence, AttachedStreams streams)
    {
        if (_streams is null)
        {
            Refuse(connection, MonitorOperation.Attach, sequence, Errno.ESRCH, "there is no process yet");
            return;
        }

        bool sinceLog = (streams & AttachedStreams.SinceLog) != 0;
        Attach(connection, MonitorOperation.Attach, sequence, _streams, streams, sinceLog ? LogEnd() : []);
        if (_streams.IsAtEnd || (sinceLog && !_streams.SendUnfinished(connection)))
        {
            connection.Dispose();
        }
    }

    private static void Attach(Connection connection, MonitorOperation operation, uint sequence, ProcessStreams process, AttachedStreams wanted, ReadOnlySpan<byte> answer = default)
    {
        connection.Socket.SetSendBuffer(OutputPump.ClientQueueBytes);
        connection.Answer(operation, MonitorAnswer.Done, sequence, answer);
        process.Attach(connection, wanted);
    }

    private ReadOnlySpan<byte> LogEnd()
    {
        LogPosition end = _log?.End ?? default;
        var answer = new RecordWriter();
        answer.Int64((long)end.Inode);
        answer.Int64(end.Offset);
        return answer.Written;
    }

    private void Signal(int signal)
    {
        if (_process is null || _phase is not (MonitorPhase.Created or MonitorPhase.Running) || (uint)signal > HighestSignal)
        {
            throw new LinuxException("kill", "container", Errno.ESRCH);
        }

        ProcessSignal.Send(_process.PidFd, signal);
        if (signal == SignalKill)
        {
            _killed = true;
            if (_paused)
            {
                Freeze(false); // cgroup v1 does not deliver even this one to frozen processes
            }
        }
    }

    private void Freeze(bool frozen)
    {
        // What is dying must not be frozen before it is dead: v1 would keep it so.
        if (_cgroup is null || _phase != MonitorPhase.Running || (frozen && _killed))
        {
            throw new LinuxException("freeze", "container", Errno.ESRCH);
        }

        _cgroup.SetFrozen(frozen);
        _paused = frozen;
    }
}
