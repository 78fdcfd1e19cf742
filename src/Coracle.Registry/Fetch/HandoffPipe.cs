namespace Coracle.Registry;

/// <summary>
/// The bounded pipe between a layer's socket and its disk: the asynchronous side fills a ring and waits without a thread when
/// it is full, the blocking side drains it on the layer's own thread. One writer, one reader, memory constant.
/// </summary>
public sealed class HandoffPipe(int capacity = HandoffPipe.DefaultCapacity) : IDisposable
{
    /// <summary>Enough that a burst of the network outlasts one write-back pause of a small flash; three layers cost 768 KiB.</summary>
    public const int DefaultCapacity = 256 * 1024;

    private readonly byte[] _ring = new byte[capacity];
    private readonly object _gate = new();                    // Monitor.Wait needs an object; System.Threading.Lock has none
    private readonly SemaphoreSlim _room = new(0, 1);         // released by the reader when the writer may be waiting for room
    private int _head;                                        // next byte to read
    private int _count;
    private bool _writerWaits;
    private bool _written;                                    // no more bytes will come
    private bool _abandoned;                                  // nobody reads any more
    private Exception? _failure;

    /// <summary>Free room, contiguous, at least one byte; waits for it without blocking a thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the reader has gone.</exception>
    public async ValueTask<Memory<byte>> RoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_abandoned)
                {
                    throw new OperationCanceledException("the reader of the pipe has gone");
                }

                if (_count < _ring.Length)
                {
                    int tail = (_head + _count) % _ring.Length;
                    return _ring.AsMemory(tail, Math.Min(_ring.Length - tail, _ring.Length - _count));
                }

                _writerWaits = true;
            }

            await _room.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Hands over the first bytes of the room that was given last.</summary>
    public void Advance(int bytes)
    {
        lock (_gate)
        {
            _count += bytes;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the stream: the reader gets what is left, then the end or the failure.</summary>
    public void Complete(Exception? failure = null)
    {
        lock (_gate)
        {
            _written = true;
            _failure = failure;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Blocks until there is a byte or an end. For the layer's own thread only.</summary>
    /// <returns>0 at the end.</returns>
    public int Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            while (_count == 0 && !_written)
            {
                Monitor.Wait(_gate);
            }

            if (_count == 0)
            {
                return _failure is null ? 0 : throw new IOException(_failure.Message, _failure);
            }

            int taken = Math.Min(buffer.Length, Math.Min(_count, _ring.Length - _head));
            _ring.AsSpan(_head, taken).CopyTo(buffer);
            _head = (_head + taken) % _ring.Length;
            _count -= taken;
            WakeWriter();
            return taken;
        }
    }

    /// <summary>The reader stops early: the writer is told at its next step.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _abandoned = true;
            WakeWriter();
        }
    }

    public void Dispose() => _room.Dispose();

    private void WakeWriter()
    {
        if (_writerWaits)
        {
            _writerWaits = false;
            _room.Release();
        }
    }
}
