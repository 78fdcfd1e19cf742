namespace Coracle.Http;

/// <summary>
/// The body of a message as it arrives, whatever delimits it. Nothing is buffered beyond what came together with the head;
/// an end of the connection inside the body is an error, never an end of the stream.
/// </summary>
internal sealed class MessageBody(BufferedInput input, BodyLength length) : ReadOnlyStream
{
    private readonly ChunkedDecoder? _chunks = length.Kind == BodyKind.Chunked ? new ChunkedDecoder(input) : null;
    private long _left = length.Bytes;
    private bool _begun;

    /// <summary>Runs once, before the first byte is asked for: where a server says <c>100 Continue</c>.</summary>
    public Func<CancellationToken, ValueTask>? BeforeFirstRead { get; init; }

    /// <summary>Runs once, when the last byte has been read.</summary>
    public Action? WhenComplete { get; init; }

    public bool IsComplete { get; private set; } = length.Kind == BodyKind.None;

    public bool HasBegun => _begun;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsComplete)
        {
            return 0;
        }

        if (!_begun)
        {
            _begun = true;
            if (BeforeFirstRead is not null)
            {
                await BeforeFirstRead(cancellationToken);
            }
        }

        return await ReadPartAsync(buffer, cancellationToken);
    }

    private async ValueTask<int> ReadPartAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = _chunks is not null
            ? await _chunks.ReadAsync(buffer, cancellationToken)
            : await ReadPlainAsync(buffer, cancellationToken);
        if (read == 0 && buffer.Length > 0)
        {
            Complete();
        }

        return read;
    }

    private async ValueTask<int> ReadPlainAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (length.Kind == BodyKind.UntilClose)
        {
            return await input.ReadAsync(buffer, cancellationToken);
        }

        Memory<byte> wanted = buffer[..(int)Math.Min(buffer.Length, _left)];
        int read = await input.ReadAsync(wanted, cancellationToken);
        if (read == 0 && wanted.Length > 0)
        {
            throw new HttpFormatException(400, $"the connection ended {_left} bytes before the end of the body");
        }

        _left -= read;
        if (_left == 0)
        {
            Complete();
        }

        return read;
    }

    private void Complete()
    {
        if (!IsComplete)
        {
            IsComplete = true;
            WhenComplete?.Invoke();
        }
    }

    /// <summary>Reads and drops the rest, at most <paramref name="limit"/> bytes.</summary>
    /// <returns>Whether the body is at its end, so that the connection can be used again.</returns>
    public async ValueTask<bool> DrainAsync(int limit, CancellationToken cancellationToken)
    {
        byte[] waste = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (!IsComplete && limit > 0)
            {
                limit -= await ReadAsync(waste, cancellationToken);
            }

            return IsComplete;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(waste);
        }
    }
}
