using System.Text;
using Coracle.Delta;

namespace Coracle.Tests.Delta.Rsync;

public sealed class RsyncTests
{
    private static readonly byte[] _base = Noise(1, 3000);

    [Fact]
    public void What_is_planned_and_applied_is_the_target()
    {
        Random random = new(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] old = Pieces(random, []), target = Pieces(random, old);

            byte[] delta = Delta(old, target);

            Assert.Equal(target, Patch(delta, old, 1 + random.Next(5000)));
        }
    }

    [Fact]
    public void Commands_are_as_short_as_they_can_be()
    {
        Assert.Equal("7273023600", Hex(Delta(_base, [])));
        Assert.Equal("72730236" + "46000BB8" + "00", Hex(Delta(_base, _base)));
        Assert.Equal("72730236" + "4A03E807D0" + "00", Hex(Delta(_base, _base[1000..])));
        Assert.Equal("72730236" + "03010203" + "46000BB8" + "00", Hex(Delta(_base, [1, 2, 3, .. _base])));
        Assert.Equal("72730236" + "46000BB8" + "4148" + new string('9', 144) + "00", Hex(Delta(_base, [.. _base, .. Enumerable.Repeat((byte)0x99, 72)])));
    }

    [Fact]
    public void A_match_is_found_at_any_place_and_grown_in_both_directions()
    {
        byte[] target = [.. Noise(2, 77), .. _base[131..1877], .. Noise(3, 1000)];

        Assert.Equal(4 + 2 + 77 + (1 + 1 + 2) + 3 + 1000 + 1, Delta(_base, target).Length); // the copy: its code, 131 in a byte, 1746 in two
    }

    [Fact]
    public void Of_equal_blocks_the_one_that_goes_on_longest_is_taken()
    {
        byte[] old = [.. new byte[4096], .. _base, .. new byte[1024]];
        byte[] target = [.. new byte[1024], .. _base];

        Assert.InRange(Delta(old, target).Length, 1, 4 + (2 * 5) + 1);
    }

    [Fact]
    public void Literals_are_cut_where_older_appliers_hold_them_in_memory()
    {
        byte[] target = Noise(4, (16 << 20) + 5);

        byte[] delta = Delta([], target);

        Assert.Equal("4301000000", Hex(delta[4..9]));
        Assert.Equal("05", Hex(delta[(9 + (16 << 20))..][..1]));
        Assert.Equal(target, Patch(delta, [], 100_000));
    }

    [Fact]
    public void A_delta_that_is_cut_anywhere_is_an_unexpected_end()
    {
        byte[] delta = Delta(_base, [1, 2, 3, .. _base[..700], .. Noise(5, 100), .. _base[1000..]]);
        for (int length = 0; length < delta.Length; length++)
        {
            RsyncFormatException error = Assert.Throws<RsyncFormatException>(() => Patch(delta[..length], _base, 4096));
            Assert.Equal("unexpected EOF", error.Message);
        }
    }

    [Theory]
    [InlineData("BAAAAAAD", "Got magic number baaaaaad rather than expected value 72730236")]
    [InlineData("72730236" + "55", "bogus command 55")]
    [InlineData("72730236" + "4100", "invalid length 0 of a LITERAL command")]
    [InlineData("72730236" + "44FFFFFFFFFFFFFFFF", "invalid length 18446744073709551615 of a LITERAL command")]
    [InlineData("72730236" + "450000", "invalid length 0 of a COPY command")]
    [InlineData("72730236" + "4A00010BB8", "copying for COPY(1, 3000) command: unexpected EOF: the base has 3000 bytes")]
    [InlineData("72730236" + "51FFFFFFFFFFFFFFFF01", "copying for COPY(18446744073709551615, 1) command: unexpected EOF: the base has 3000 bytes")]
    [InlineData("72730236" + "547FFFFFFFFFFFFFFF7FFFFFFFFFFFFFFF", "copying for COPY(9223372036854775807, 9223372036854775807) command: unexpected EOF: the base has 3000 bytes")]
    public void What_no_delta_says_is_refused(string delta, string message)
        => Assert.Equal(message, Assert.Throws<RsyncFormatException>(() => Patch(Convert.FromHexString(delta), _base, 4096)).Message);

    [Fact]
    public void Damage_gives_other_bytes_or_a_refusal_and_nothing_else()
    {
        byte[] delta = Delta(_base, [1, 2, 3, .. _base[..700], .. Noise(5, 100), .. _base[1000..]]);
        for (int place = 0; place < delta.Length; place++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. delta];
                damaged[place] ^= (byte)(1 << bit);
                Assert.True(Record.Exception(() => Patch(damaged, _base, 4096)) is null or RsyncFormatException);
            }
        }
    }

    [Fact]
    public void What_follows_the_end_is_not_applied()
        => Assert.Equal(_base, Patch([.. Delta(_base, _base), .. "more"u8], _base, 4096));

    internal static byte[] Delta(byte[] old, byte[] target)
    {
        using MemoryStream baseBytes = new(old);
        RsyncIndex index = RsyncIndex.Build(baseBytes, TestContext.Current.CancellationToken);
        RsyncPlan plan = RsyncPlanner.Plan(index, baseBytes, new MemoryStream(target), TestContext.Current.CancellationToken);
        using MemoryStream delta = new();
        using Stream planned = plan.Open(new MemoryStream(target));
        planned.CopyTo(delta);
        Assert.Equal(plan.Length, delta.Length);
        Assert.Equal(target.Length, plan.TargetLength);
        return delta.ToArray();
    }

    internal static byte[] Patch(byte[] delta, byte[] old, int piece)
    {
        using RsyncPatchStream patch = new(new MemoryStream(delta), new MemoryStream(old));
        using MemoryStream target = new();
        patch.CopyTo(target, piece);
        return target.ToArray();
    }

    internal static byte[] Noise(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>New bytes, zeros and pieces of what there was, in any order.</summary>
    private static byte[] Pieces(Random random, byte[] old)
    {
        List<byte> bytes = [];
        for (int pieces = random.Next(8); pieces > 0; pieces--)
        {
            int length = random.Next(3) == 0 ? random.Next(200_000) : random.Next(700), from = random.Next(old.Length + 1);
            bytes.AddRange(random.Next(4) switch
            {
                0 => Noise(random.Next(), length),
                1 => new byte[length],
                _ => old.Length == 0 ? Encoding.ASCII.GetBytes(new string('x', length % 100)) : old[from..Math.Min(old.Length, from + length)],
            });
        }

        return [.. bytes];
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
