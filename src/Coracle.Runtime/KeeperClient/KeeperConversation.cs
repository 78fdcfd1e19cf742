using System.Net.Sockets;
using System.Runtime.InteropServices;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The engine's end of its connection to the keeper: one question at a time.</summary>
internal sealed class KeeperConversation : IAsyncDisposable
{
    /// <summary>It answers within a millisecond: this is for one that was stopped.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(1);

    private readonly Socket _socket;
    private readonly byte[] _inbox = new byte[KeeperProtocol.HeaderLength + KeeperProtocol.MostAnswerBytes];
    private readonly Lock _gate = new(); // guards the two below; nothing else is taken inside
    private TaskCompletionSource<Answer>? _waiting;
    private uint _sequence;
    private Task _reading = Task.CompletedTask;

    private KeeperConversation(Socket socket) => _socket = socket;

    /// <summary>Completes when the keeper is gone, or has closed the connection. Never faults.</summary>
    public Task Closed => _reading;

    /// <summary>Of the protocol, that both speak.</summary>
    public int Version { get; private set; }

    /// <param name="socket">Connected; owned by the conversation from now on, even if this throws.</param>
    /// <exception cref="IOException">It is gone, or speaks no version that we know.</exception>
    /// <exception cref="TimeoutException">It lives and says nothing.</exception>
    public static async Task<KeeperConversation> OpenAsync(Socket socket, CancellationToken cancellationToken)
    {
        var conversation = new KeeperConversation(socket);
        try
        {
            byte[] hello = new byte[KeeperProtocol.HelloLength];
            KeeperProtocol.WriteHello(hello, KeeperProtocol.LowestVersion, KeeperProtocol.HighestVersion);
            await conversation.SendAsync(hello, [], cancellationToken);
            int count = await socket.ReceiveAsync(hello, SocketFlags.None, cancellationToken).AsTask().WaitAsync(_patience, cancellationToken);
            conversation.Version = KeeperProtocol.Agreed(hello.AsSpan(0, count));
            conversation._reading = conversation.Version != 0
                ? conversation.ReadAnswersAsync()
                : throw new IOException("the keeper speaks no version of the protocol that this engine knows");
            return conversation;
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw Gone(failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="LinuxException">It refused: the errno says why.</exception>
    /// <exception cref="KeeperGoneException">It is gone; what was asked for may have been done before.</exception>
    /// <exception cref="TimeoutException">It lives and says nothing.</exception>
    public async Task<Answer> AskAsync(
        KeeperOperation operation, ReadOnlyMemory<byte> payload, SafeHandle[] descriptors, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Answer> waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] message = new byte[KeeperProtocol.HeaderLength + payload.Length];
        lock (_gate)
        {
            _waiting = _reading.IsCompleted ? throw Gone() : waiting;
            KeeperProtocol.WriteHeader(message, payload.Length, operation, KeeperAnswer.Done, ++_sequence);
        }

        payload.CopyTo(message.AsMemory(KeeperProtocol.HeaderLength));
        await SendAsync(message, descriptors, CancellationToken.None);
        return await waiting.Task.WaitAsync(_patience, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
    }

    /// <summary>One message, whole or not at all.</summary>
    private async Task SendAsync(ReadOnlyMemory<byte> message, SafeHandle[] descriptors, CancellationToken cancellationToken)
    {
        for (long until = Clock.MonotonicMilliseconds() + (long)_patience.TotalMilliseconds; ;)
        {
            try
            {
                DescriptorPassing.SendHandles(_socket.SafeHandle, message.Span, descriptors);
                return;
            }
            catch (LinuxException full) when (full.Errno == Errno.EAGAIN)
            {
                if (Clock.MonotonicMilliseconds() > until)
                {
                    throw new TimeoutException("the keeper does not read what it is asked: is it stopped?");
                }

                await Task.Delay(_pause, cancellationToken);
            }
            catch (Exception failure) when (failure is LinuxException or ObjectDisposedException)
            {
                throw Gone(failure);
            }
        }
    }

    private async Task ReadAnswersAsync()
    {
        try
        {
            while (true)
            {
                (int count, SafeFileHandle[] descriptors) = await ReceiveAsync();
                if (!KeeperProtocol.TryReadHeader(_inbox.AsSpan(0, count), out _, out KeeperAnswer status, out uint sequence))
                {
                    break;
                }

                Deliver(sequence, new Answer(status, _inbox.AsSpan(KeeperProtocol.HeaderLength..count).ToArray(), descriptors));
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or IOException)
        {
            // The same as the end: whoever waits is told below.
        }

        _socket.Dispose();
        lock (_gate)
        {
            _ = _waiting?.TrySetException(Gone());
            _waiting = null;
        }
    }

    private async Task<(int Count, SafeFileHandle[] Descriptors)> ReceiveAsync()
    {
        while (true)
        {
            // Of nothing: waits until there is a message, which is then taken together with its descriptors.
            _ = await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
            try
            {
                int count = DescriptorPassing.Receive(_socket.SafeHandle, _inbox, out SafeFileHandle[] descriptors);
                return (count, descriptors);
            }
            catch (LinuxException early) when (early.Errno == Errno.EAGAIN)
            {
                // .NET was told of a message that was taken meanwhile (the event of the one before): now and then, and once.
                await Task.Delay(_pause);
            }
        }
    }

    private void Deliver(uint sequence, Answer answer)
    {
        TaskCompletionSource<Answer>? waiting = null;
        lock (_gate)
        {
            if (sequence == _sequence) // or it is the answer to one who has stopped waiting
            {
                (waiting, _waiting) = (_waiting, null);
            }
        }

        if (waiting is null)
        {
            answer.Dispose();
        }
        else if (answer.Failure() is { } failure)
        {
            _ = waiting.TrySetException(failure);
        }
        else if (!waiting.TrySetResult(answer))
        {
            answer.Dispose();
        }
    }

    private static KeeperGoneException Gone(Exception? inner = null) => new(inner);

    /// <summary>What the keeper answered. Its descriptors are the receiver's.</summary>
    internal sealed class Answer(KeeperAnswer status, byte[] payload, SafeFileHandle[] descriptors) : IDisposable
    {
        public byte[] Payload { get; } = payload;

        public SafeFileHandle[] Descriptors { get; } = descriptors;

        public Exception? Failure()
        {
            if (status == KeeperAnswer.Done)
            {
                return null;
            }

            Dispose();
            try
            {
                var reader = new RecordReader(Payload);
                var errno = (Errno)reader.Int32();
                return new LinuxException("keeper", reader.Text(), errno);
            }
            catch (InvalidDataException damaged)
            {
                return damaged;
            }
        }

        public void Dispose() => Array.ForEach(Descriptors, descriptor => descriptor.Dispose());
    }
}

/// <summary>The connection to the keeper has ended.</summary>
internal sealed class KeeperGoneException(Exception? inner) : IOException("the keeper is gone", inner);
