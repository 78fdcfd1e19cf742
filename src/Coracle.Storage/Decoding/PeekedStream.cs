using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>A stream whose first bytes have been looked at and are given out again.</summary>
public sealed class PeekedStream : BlockingReadStream
{
    private readonly Stream _inner;
    private readonly byte[] _peeked;
    private int _given;

    /// <param name="inner">Not owned.</param>
    public PeekedStream(Stream inner, int length)
    {
        _inner = inner;
        byte[] bytes = new byte[length];
        _peeked = bytes[..inner.ReadAtLeast(bytes, length, throwOnEndOfStream: false)];
    }

    /// <summary>Fewer than asked for only where the stream is that short.</summary>
    public ReadOnlySpan<byte> Peeked => _peeked;

    public override int Read(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _peeked.Length - _given);
        if (count == 0)
        {
            return _inner.Read(buffer);
        }

        _peeked.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }
}
