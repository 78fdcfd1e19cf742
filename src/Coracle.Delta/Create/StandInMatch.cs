namespace Coracle.Delta.Create.Matching;

internal readonly record struct PatchStep(long PoolOffset, int AddLength, int LiteralLength);

internal sealed class MatchPool(ReadOnlyMemory<byte> pool, int[] starts)
{
    public PatchStep[] Match(ReadOnlySpan<byte> target, int likelyAt)
    {
        if (likelyAt < 0)
        {
            return target.IsEmpty ? [] : [new(0, 0, target.Length)];
        }

        int at = Array.BinarySearch(starts, likelyAt);
        int end = at + 1 < starts.Length ? starts[at + 1] : pool.Length;
        ReadOnlySpan<byte> old = pool.Span[likelyAt..end];
        int same = old.CommonPrefixLength(target);
        int tail = 0;
        while (tail < old.Length - same && tail < target.Length - same && old[^(tail + 1)] == target[^(tail + 1)])
        {
            tail++;
        }

        int literal = target.Length - same - tail;
        return tail == 0 ? [new(likelyAt, same, literal)] : [new(likelyAt, same, literal), new(likelyAt + old.Length - tail, tail, 0)];
    }
}
