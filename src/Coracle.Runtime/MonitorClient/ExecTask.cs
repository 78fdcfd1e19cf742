using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// An exec as the engine holds it. Life: made by <see cref="ContainerTask.CreateExecAsync"/> waiting before its <c>execve</c> →
/// <see cref="AttachAsync"/> → <see cref="StartAsync"/> → <see cref="Exited"/>. It needs no disposing: what was never started goes by
/// <see cref="AbandonAsync"/>, what was is its monitor's until its end.
/// </summary>
/// <remarks>Lives on the container's connection: when that goes, the container has ended, or this engine forgets the exec.</remarks>
public sealed class ExecTask
{
    private const int SignalKill = 9;

    private readonly MonitorConnection _connection;
    private readonly DirectoryHandle _directory;
    private readonly byte[] _name;

    private ExecTask(MonitorConnection connection, DirectoryHandle directory, string id)
    {
        _connection = connection;
        _directory = directory;
        Id = id;
        var name = new RecordWriter();
        name.Text(id);
        _name = name.Written.ToArray();
        Exited = Task.FromResult(0);
    }

    public string Id { get; }

    /// <summary>In the engine's PID namespace.</summary>
    public int Pid { get; private set; }

    /// <summary>
    /// Its exit code, once it has ended and its output was read to the end (or 2 s went by with a stray process holding the pipe).
    /// Faults with <see cref="IOException"/> when the container's monitor is gone, or when it was never started.
    /// </summary>
    public Task<int> Exited { get; private set; }

    internal static async Task<ExecTask> CreateAsync(
        MonitorConnection connection, DirectoryHandle directory, string id, CancellationToken cancellationToken)
    {
        var exec = new ExecTask(connection, directory, id);
        exec.TakePid(await connection.AskAsync(MonitorOperation.ExecCreate, exec._name, cancellationToken));
        exec.Exited = exec.WaitAsync();
        return exec;
    }

    /// <summary>Lets it execute, and answers when it has.</summary>
    /// <exception cref="LaunchFailedException">execve failed; nothing is left.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
        => _connection.AskAsync(MonitorOperation.ExecStart, _name, cancellationToken);

    /// <summary>One that was not started and will not be.</summary>
    public async Task AbandonAsync()
    {
        try
        {
            await SignalAsync(SignalKill, CancellationToken.None);
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }

    /// <exception cref="IOException">It has ended.</exception>
    public Task SignalAsync(int signal, CancellationToken cancellationToken)
        => AskAsync(MonitorOperation.ExecSignal, payload => payload.Int32(signal), cancellationToken);

    /// <inheritdoc cref="ContainerTask.ResizeAsync"/>
    public Task ResizeAsync(int height, int width, CancellationToken cancellationToken)
        => AskAsync(
            MonitorOperation.ExecResize,
            payload =>
            {
                payload.UInt16((ushort)Math.Clamp(height, 0, ushort.MaxValue));
                payload.UInt16((ushort)Math.Clamp(width, 0, ushort.MaxValue));
            },
            cancellationToken);

    /// <summary>A client's own connection to its streams. Attach before the start, to lose no output.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    public Task<AttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
        => MonitorDoor.AttachExecAsync(_directory, Id, options, cancellationToken);

    private Task<byte[]> AskAsync(MonitorOperation operation, Action<RecordWriter> write, CancellationToken cancellationToken)
    {
        var payload = new RecordWriter();
        payload.Text(Id);
        write(payload);
        return _connection.AskAsync(operation, payload.Written.ToArray(), cancellationToken);
    }

    private void TakePid(byte[] answer)
    {
        var reader = new RecordReader(answer);
        Pid = reader.Int32();
    }

    private async Task<int> WaitAsync() => CodeOf(await _connection.AskAsync(MonitorOperation.ExecWait, _name, CancellationToken.None));

    private static int CodeOf(byte[] answer)
    {
        var reader = new RecordReader(answer);
        return reader.Int32();
    }
}
