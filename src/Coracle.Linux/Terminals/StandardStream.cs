namespace Coracle.Linux;

/// <summary>One of the three streams a process is born with: a terminal, a pipe, a file or a socket, read and written where it stands.</summary>
/// <remarks>
/// Console's stream would edit lines and set the terminal as it thinks best. Writes block, as they do in any program of a
/// pipeline; a read may wait for a person for ever, so it has a thread of its own: the pool has one only on a small device.
/// </remarks>
public sealed unsafe class StandardStream(int descriptor) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="LinuxException">EIO of a terminal whose session is gone, for one.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            fixed (byte* bytes = buffer)
            {
                count = LibC.read(descriptor, bytes, (nuint)buffer.Length);
            }

            if (count >= 0)
            {
                return (int)count;
            }

            WaitOrThrow(Abi.POLLIN, "read");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => new(Task.Factory.StartNew(() => Read(buffer.Span), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint count;
            fixed (byte* bytes = buffer)
            {
                count = LibC.write(descriptor, bytes, (nuint)buffer.Length);
            }

            if (count >= 0)
            {
                buffer = buffer[(int)count..];
            }
            else
            {
                WaitOrThrow(Abi.POLLOUT, "write");
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Another program on the same terminal may have made it non-blocking: that is not ours to undo.</summary>
    private void WaitOrThrow(int events, string call)
    {
        Errno errno = LinuxException.LastErrno;
        if (errno == Errno.EAGAIN)
        {
            pollfd one = new() { fd = descriptor, events = (short)events };
            _ = LibC.poll(&one, 1, -1);
        }
        else if (errno != Errno.EINTR)
        {
            throw new LinuxException(call, $"descriptor {descriptor}", errno);
        }
    }
}
