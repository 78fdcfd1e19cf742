using Coracle.Delta;
using static Coracle.Tests.Delta.Matching.PatchSteps;

namespace Coracle.Tests.Delta.Matching;

/// <summary>Work is counted in bytes compared, not in seconds: the bound must hold on any machine.</summary>
public sealed class MatchWorkTests
{
    private const int Length = 400_000;
    private const int OneSearch = 2 * StepCosts.Candidates * (StepCosts.SeedLength + StepCosts.Forward) + StepCosts.Back;

    public static TheoryData<string> Hostile => ["zeros", "period of two", "one line repeated", "two letters", "zeros with marks", "noise"];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Work_grows_with_the_length_of_the_target_only(string kind)
    {
        byte[] old = Make(kind, 1);
        byte[] target = Make(kind, 2);

        var trellis = new Trellis(new MatchPool(old, [0]), target, -1);
        AssertCover(trellis.Run(), old, [0], target);

        Assert.InRange(trellis.Work, 0, StepCosts.WorkPerByte * (long)Length + StepCosts.FreeWork + OneSearch);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Twice_the_bytes_are_about_twice_the_work(string kind)
    {
        byte[] old = Make(kind, 1);
        byte[] target = Make(kind, 2);

        Assert.InRange(WorkOf([.. old, .. old], [.. target, .. target]), 0, 3 * WorkOf(old, target) + 10_000);
    }

    [Fact]
    public void Behind_much_that_is_new_an_old_block_is_found_and_from_its_first_byte()
    {
        byte[] block = Random(20, 1000);
        byte[] target = [.. Random(21, 50_001), .. block];

        PatchStep[] steps = new MatchPool(block, [0]).Match(target, -1);

        Assert.Equal([(0L, 0, 50_001), (0L, 1000, 0)], steps.AsValues());
    }

    private static long WorkOf(byte[] old, byte[] target)
    {
        var trellis = new Trellis(new MatchPool(old, [0]), target, -1);
        trellis.Run();
        return trellis.Work;
    }

    private static byte[] Make(string kind, int seed)
    {
        var random = new Random(seed);
        byte[] line = "the quick brown fox jumps over the lazy dog, again and again\n"u8.ToArray();
        byte[] bytes = new byte[Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = kind switch
            {
                "period of two" => (byte)(i & 1),
                "one line repeated" => random.Next(50) == 0 ? (byte)'x' : line[i % line.Length],
                "two letters" => (byte)random.Next(2),
                "noise" => (byte)random.Next(256),
                "zeros with marks" => random.Next(20) == 0 ? (byte)random.Next(256) : (byte)0,
                _ => 0,
            };
        }

        return bytes;
    }
}
