using Coracle.Http;

namespace Coracle.Fuzz;

/// <summary>A connection that gives at most so many bytes a read, and swallows what is written. Everything completes at once.</summary>
internal sealed class Dripping(byte[] bytes, int step) : ReadOnlyStream
{
    private int _at;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(step, Math.Min(buffer.Length, bytes.Length - _at));
        bytes.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
}
