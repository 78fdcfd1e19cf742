using Coracle.Http;

namespace Coracle.Registry;

/// <summary>
/// What a request carries: bytes of a stream that can go back, since a request may have to be made again (a token that has ended, a
/// connection that the server had closed).
/// </summary>
/// <param name="source">Seekable; read here by one request at a time, and never disposed here. Its reads may block for a disk, no longer.</param>
/// <param name="offset">The first byte of the source that goes out.</param>
internal sealed class RequestContent(string mediaType, Stream source, long offset, long length)
{
    public string MediaType => mediaType;

    /// <summary>Bytes.</summary>
    public long Length => length;

    /// <summary>The content is a part of something larger, and says which.</summary>
    public bool IsPart { get; init; }

    /// <summary>Without a unit in front: so distribution-spec v1.1 writes it ("Pushing a blob in chunks"), unlike RFC 9110.</summary>
    public string? Range => IsPart ? $"{offset}-{offset + length - 1}" : null;

    /// <summary>Told how far into the source the connection is.</summary>
    public IPushObserver? Observer { get; init; }

    /// <summary>Why the source could not be read: then no answer will come.</summary>
    public Exception? Failure { get; private set; }

    public static RequestContent Of(string mediaType, byte[] bytes) => new(mediaType, new MemoryStream(bytes, writable: false), 0, bytes.Length);

    /// <summary>All of it, from its beginning.</summary>
    public Stream Open(SilenceTimer silence)
    {
        (Failure, source.Position) = (null, offset);
        return new Outgoing(this, source, silence);
    }

    private sealed class Outgoing(RequestContent content, Stream source, SilenceTimer silence) : ReadOnlyStream
    {
        private long _left = content.Length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Whoever asks for more has sent what it had: the line is alive, and an upload may take longer than any silence.
            silence.Listen();
            try
            {
                return ValueTask.FromResult(ReadSource(buffer.Span[..(int)Math.Min(buffer.Length, _left)]));
            }
            catch (IOException error)
            {
                content.Failure = error;
                silence.Expire();
                throw;
            }
        }

        private int ReadSource(Span<byte> buffer)
        {
            int read = source.Read(buffer);
            if (read == 0 && !buffer.IsEmpty)
            {
                throw new EndOfStreamException($"what is to be sent ends {_left} bytes too early");
            }

            _left -= read;
            content.Observer?.Sent(source.Position);
            return read;
        }
    }
}
