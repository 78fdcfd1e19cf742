using System.Buffers.Binary;
using System.Net.Sockets;

namespace Coracle.Runtime;

/// <summary>The engine's end of one connection to a monitor. Requests of several callers are on their way at once.</summary>
internal sealed class MonitorConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Lock _gate = new(); // guards the two below; nothing else is taken inside
    private readonly Dictionary<uint, TaskCompletionSource<byte[]>> _unanswered = [];
    private bool _closed;
    private uint _sequence;
    private Task _reading = Task.CompletedTask;

    private MonitorConnection(Socket socket) => _socket = socket;

    /// <summary>Completes when the monitor closed the connection, which it does only by ending. Never faults.</summary>
    public Task Closed => _reading;

    /// <summary>Of the protocol, that both speak.</summary>
    public int Version { get; private set; }

    /// <param name="socket">Connected; owned by the connection from now on, even if this throws.</param>
    public static async Task<MonitorConnection> OpenAsync(Socket socket, CancellationToken cancellationToken)
    {
        var connection = new MonitorConnection(socket);
        try
        {
            Task<int> greeting = MonitorHandshake.GreetAsync(socket, cancellationToken);
            connection.Version = await MonitorPatience.LimitAsync(greeting, MonitorPatience.Usual, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        connection._reading = connection.ReadAnswersAsync();
        return connection;
    }

    /// <returns>The answer's payload.</returns>
    /// <exception cref="LaunchFailedException">The monitor says why the process cannot be made or started.</exception>
    /// <exception cref="IOException">It refused, or is gone.</exception>
    /// <exception cref="MonitorSilentException">It lives and says nothing.</exception>
    public async Task<byte[]> AskAsync(MonitorOperation operation, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        TaskCompletionSource<byte[]> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        uint sequence = Expect(answer);
        Task<byte[]> asking = SendAndWaitAsync(Request(operation, sequence, payload.Span), answer.Task);
        while (true)
        {
            try
            {
                return await MonitorPatience.LimitAsync(asking, MonitorPatience.For(operation), cancellationToken);
            }
            catch (MonitorSilentException) when (MonitorPatience.IsBeside(operation))
            {
                _ = await AskAsync(MonitorOperation.State, default, cancellationToken);
            }
        }
    }

    /// <summary>A request as it goes over the wire.</summary>
    public static byte[] Request(MonitorOperation operation, uint sequence, ReadOnlySpan<byte> payload)
    {
        byte[] request = new byte[MonitorProtocol.HeaderLength + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(request, payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(4), (ushort)operation);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(8), sequence);
        payload.CopyTo(request.AsSpan(MonitorProtocol.HeaderLength));
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading; // whoever still waits for its turn to send is told that it is gone
    }

    private uint Expect(TaskCompletionSource<byte[]> answer)
    {
        lock (_gate)
        {
            if (_closed)
            {
                throw Gone();
            }

            _unanswered.Add(++_sequence, answer);
            return _sequence;
        }
    }

    private async Task<byte[]> SendAndWaitAsync(byte[] request, Task<byte[]> answer)
    {
        await SendAsync(request);
        return await answer;
    }

    /// <summary>To the end, whoever stops waiting for it: half a request would ruin the connection for everybody.</summary>
    private async Task SendAsync(byte[] request)
    {
        await _sending.WaitAsync();
        try
        {
            await MonitorHandshake.SendAllAsync(_socket, request, CancellationToken.None);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Gone(failure);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAnswersAsync()
    {
        byte[] header = new byte[MonitorProtocol.HeaderLength];
        try
        {
            while (await MonitorHandshake.TryReceiveAllAsync(_socket, header, CancellationToken.None))
            {
                byte[] payload = new byte[MonitorAnswers.CheckedLength(header)];
                if (!await MonitorHandshake.TryReceiveAllAsync(_socket, payload, CancellationToken.None))
                {
                    break;
                }

                Deliver(header, payload);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The same as the end: whoever waits is told below.
        }

        FailAll();
    }

    private void Deliver(byte[] header, byte[] payload)
    {
        TaskCompletionSource<byte[]>? answer;
        lock (_gate)
        {
            _ = _unanswered.Remove(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)), out answer);
        }

        if (MonitorAnswers.FailureOf(header, payload) is { } failure)
        {
            answer?.TrySetException(failure);
        }
        else
        {
            answer?.TrySetResult(payload);
        }
    }

    private void FailAll()
    {
        TaskCompletionSource<byte[]>[] unanswered;
        lock (_gate)
        {
            _closed = true;
            unanswered = [.. _unanswered.Values];
            _unanswered.Clear();
        }

        foreach (TaskCompletionSource<byte[]> answer in unanswered)
        {
            _ = answer.TrySetException(Gone());
        }
    }

    private static IOException Gone(Exception? inner = null) => new("the container's monitor is gone", inner);
}
