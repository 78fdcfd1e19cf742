using Coracle.Http;

namespace Coracle.Tests.Http;

/// <summary>So many bytes of nothing.</summary>
internal sealed class Zeros(long count) : ReadOnlyStream
{
    private long _left = count;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = (int)Math.Min(_left, buffer.Length);
        buffer.Span[..read].Clear();
        _left -= read;
        return ValueTask.FromResult(read);
    }
}
