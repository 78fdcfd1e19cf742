using Coracle.Delta;
using CsCheck;
using static Coracle.Tests.Delta.Matching.PatchSteps;

namespace Coracle.Tests.Delta.Matching;

public sealed class MatchPoolTests
{
    [Fact]
    public void Steps_cover_any_target_and_never_leave_a_file_of_the_pool()
        => Gen.Int.Sample(seed => CheckAny(new Random(seed)), iter: 400, threads: 1);

    [Fact]
    public void The_same_input_gives_the_same_steps_on_any_number_of_threads()
    {
        byte[] old = Random(1, 100_000);
        byte[] target = Edit(new Random(2), old);
        var pool = new MatchPool(old, [0, 30_000, 70_000]);
        (long, int, int)[] expected = new MatchPool(old, [0, 30_000, 70_000]).Match(target, 30_000).AsValues();

        (long, int, int)[][] made = new (long, int, int)[8][];
        Parallel.For(0, made.Length, i => made[i] = pool.Match(target, 30_000).AsValues());

        Assert.All(made, steps => Assert.Equal(expected, steps));
    }

    [Fact]
    public void An_unchanged_file_is_one_step_from_the_likely_place_although_others_are_the_same()
    {
        byte[] file = Random(3, 5000);
        var pool = new MatchPool((byte[])[.. file, .. file, .. file], [0, 5000, 10_000]);

        Assert.Equal([(0L, 5000, 0)], pool.Match(file, 0).AsValues());
        Assert.Equal([(5000L, 5000, 0)], pool.Match(file, 5000).AsValues());
        Assert.Equal([(10_000L, 5000, 0)], pool.Match(file, 10_000).AsValues());
    }

    [Fact]
    public void A_match_goes_on_in_the_likely_file_behind_new_bytes()
    {
        byte[] file = Random(4, 5000);
        var pool = new MatchPool((byte[])[.. file, .. file, .. file], [0, 5000, 10_000]);
        byte[] target = [.. file.AsSpan(0, 2000), .. Random(5, 300), .. file.AsSpan(2000)];

        Assert.Equal([(5000L, 2000, 300), (7000L, 3000, 0)], pool.Match(target, 5000).AsValues());
    }

    [Fact]
    public void A_file_that_moved_to_another_path_is_found()
    {
        byte[] old = Random(6, 50_000);

        Assert.Equal([(20_000L, 9000, 0)], new MatchPool(old, [0, 20_000, 29_000]).Match(old.AsSpan(20_000, 9000), -1).AsValues());
    }

    [Fact]
    public void Blocks_in_another_order_cost_no_new_bytes()
    {
        byte[] old = Random(7, 40_000);
        byte[] target = [.. old.AsSpan(30_000), .. old.AsSpan(10_000, 10_000), .. old.AsSpan(0, 10_000)];

        PatchStep[] steps = new MatchPool(old, [0]).Match(target, 0);

        Assert.Equal(3, steps.Length);
        Assert.Equal(0, NewBytes(steps, old, target));
    }

    [Fact]
    public void Scattered_changes_are_differences_within_one_step()
    {
        byte[] old = Random(8, 20_000);
        byte[] target = [.. old];
        for (int at = 7; at < target.Length; at += 11)
        {
            target[at]++;
        }

        Assert.Equal([(0L, 20_000, 0)], new MatchPool(old, [0]).Match(target, 0).AsValues());
    }

    [Fact]
    public void Code_that_moved_and_whose_addresses_changed_is_found_by_the_few_bytes_that_stayed()
    {
        byte[] old = Random(9, 200_000);
        byte[] target = [.. Random(10, 1000), .. old];
        for (int at = 1000; at < target.Length; at += 24)
        {
            target[at] ^= 0x55;
        }

        PatchStep[] steps = new MatchPool(old, [0]).Match(target, -1);

        Assert.InRange(steps.Length, 1, 4);
        Assert.InRange(NewBytes(steps, old, target), 9000, 9400);
    }

    [Fact]
    public void Bytes_that_the_pool_does_not_have_are_literal()
    {
        byte[] target = Random(12, 3000);

        PatchStep step = Assert.Single(new MatchPool(Random(11, 3000), [0]).Match(target, -1));

        Assert.Equal((0, 3000), (step.AddLength, step.LiteralLength));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 100)]
    [InlineData(7, 9)]
    [InlineData(9, 7)]
    [InlineData(8, 8)]
    public void The_smallest_pools_and_targets_are_covered(int poolLength, int targetLength)
    {
        byte[] old = Random(13, poolLength);
        byte[] target = Random(13, targetLength);
        int[] starts = poolLength == 0 ? [] : [0];
        var pool = new MatchPool(old, starts);

        AssertCover(pool.Match(target, -1), old, starts, target);
        AssertCover(pool.Match(target, 0), old, starts, target);
    }

    [Fact]
    public void Files_without_bytes_are_no_place_to_match()
    {
        byte[] old = Random(14, 1000);
        int[] starts = [0, 0, 400, 400, 400, 1000, 1000];
        var pool = new MatchPool(old, starts);

        foreach (int likely in starts)
        {
            AssertCover(pool.Match(old, likely), old, starts, old);
        }
    }

    private static void CheckAny(Random random)
    {
        byte[] old = new byte[random.Next(3) == 0 ? random.Next(20) : random.Next(20_000)];
        int letters = 1 << random.Next(9);
        for (int i = 0; i < old.Length; i++)
        {
            old[i] = (byte)random.Next(letters);
        }

        int[] starts = old.Length == 0 ? [] : [0, .. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(old.Length)).Order()];
        byte[] target = Edit(random, old);
        int likely = starts.Length == 0 ? -1 : starts[random.Next(starts.Length)];

        AssertCover(new MatchPool(old, starts).Match(target, random.Next(3) == 0 ? -1 : likely), old, starts, target);
    }

    /// <summary>Pieces of the old bytes in any order, with new bytes between them and single bytes changed.</summary>
    private static byte[] Edit(Random random, byte[] old)
    {
        List<byte> target = [];
        for (int pieces = random.Next(12); pieces >= 0; pieces--)
        {
            int from = random.Next(old.Length + 1);
            target.AddRange(old.AsSpan(from, random.Next(old.Length - from + 1)));
            target.AddRange(Random(random.Next(), random.Next(3) == 0 ? 0 : random.Next(200)));
        }

        for (int changes = random.Next(100); changes > 0 && target.Count > 0; changes--)
        {
            target[random.Next(target.Count)] = (byte)random.Next(256);
        }

        return [.. target];
    }
}
