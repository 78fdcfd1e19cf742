using Coracle.Delta;
using Coracle.Tar;

namespace Coracle.Tests.Delta.Second;

/// <summary>A delta of random trees, in the forms of today's writers or in hostile ones.</summary>
internal static class SeededCase
{
    /// <returns>Null where the tree is not even a tar.</returns>
    public static DeltaCase? Of(int seed)
    {
        var random = new Random(seed);
        (byte[][] bases, byte[] target) = random.Next(2) == 0 ? Plain(random) : Hostile(random);
        try
        {
            int segment = random.Next(2) == 0 ? 4096 : 1 << 20;
            return new DeltaCase(bases, target, new DeltaOptions { Threads = 1, SegmentBytes = segment, DictionaryLog = random.Next(12, 21) });
        }
        catch (InvalidTarException)
        {
            return null;
        }
    }

    private static (byte[][], byte[]) Plain(Random random)
    {
        var tree = new RandomTree(random);
        byte[] old = tree.Make(random.Next(1, 30));
        byte[] other = new RandomTree(random).Make(random.Next(0, 5));
        return ([other, old], tree.Change());
    }

    private static (byte[][], byte[]) Hostile(Random random)
    {
        var tree = new HostileTree(random);
        byte[] old = tree.Make(random.Next(1, 30));
        byte[] other = new HostileTree(random).Make(random.Next(0, 5));
        return ([other, old], tree.Change());
    }
}
