using Coracle.Delta;

namespace Coracle.Tests.Delta.Matching;

/// <summary>Applies steps as the other end does, with what a delta would carry taken from the target itself.</summary>
internal static class PatchSteps
{
    /// <summary>Asserts that the steps cover the target in order, and that each ADD lies within one file of the pool.</summary>
    public static void AssertCover(PatchStep[] steps, byte[] pool, int[] starts, byte[] target)
    {
        long covered = 0;
        foreach (PatchStep step in steps)
        {
            Assert.True(step.AddLength >= 0 && step.LiteralLength >= 0 && step.AddLength + step.LiteralLength > 0);
            Assert.InRange(step.PoolOffset, 0, pool.Length);
            if (step.AddLength > 0)
            {
                int file = Array.FindLastIndex(starts, start => start <= step.PoolOffset);
                Assert.InRange(step.PoolOffset + step.AddLength, 1, file + 1 < starts.Length ? starts[file + 1] : pool.Length);
            }

            covered += step.AddLength + step.LiteralLength;
        }

        Assert.Equal(target.Length, covered);
    }

    /// <summary>Bytes that a delta would carry: literals, and the differences that are not zero.</summary>
    public static int NewBytes(PatchStep[] steps, byte[] pool, byte[] target)
    {
        int count = 0;
        int at = 0;
        foreach (PatchStep step in steps)
        {
            for (int i = 0; i < step.AddLength; i++)
            {
                count += target[at + i] != pool[step.PoolOffset + i] ? 1 : 0;
            }

            count += step.LiteralLength;
            at += step.AddLength + step.LiteralLength;
        }

        return count;
    }

    public static byte[] Random(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static (long, int, int)[] AsValues(this PatchStep[] steps) => [.. steps.Select(step => (step.PoolOffset, step.AddLength, step.LiteralLength))];
}
