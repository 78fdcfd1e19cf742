using Coracle.Lzma;

namespace Coracle.Tests.Lzma;

/// <summary>Raw LZMA2 has no checksum: damage is other bytes, or a refusal of one kind; never anything else.</summary>
public sealed class Lzma2DamageTests
{
    private const int Dictionary = 4096;

    private static readonly byte[] _whole = Lzma2Tests.Pack(LzmaSamples.Of("mixed")[..90_000], new Lzma2Options(Dictionary));

    [Fact]
    public void Cut_anywhere_it_ends_too_soon()
    {
        for (int length = 0; length < _whole.Length; length += 1 + (_whole.Length / 100))
        {
            Assert.Throws<LzmaFormatException>(() => Lzma2Tests.Unpack(_whole[..length], Dictionary));
        }
    }

    [Fact]
    public void A_flipped_bit_ends_in_one_kind_of_refusal_or_in_other_bytes()
    {
        Random random = new(9);
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. _whole];
            damaged[i < 50 ? i : random.Next(_whole.Length)] ^= (byte)(1 << random.Next(8));
            refused += Record.Exception(() => Lzma2Tests.Unpack(damaged, Dictionary)) switch
            {
                null => 0,
                LzmaFormatException => 1,
                Exception other => throw other,
            };
        }

        Assert.True(refused > 50);
    }

    [Theory]
    [InlineData("the first chunk does not reset the dictionary", 2, 0, 0, 7)]
    [InlineData("the first chunk does not reset the dictionary", 3, 0, 0)]
    [InlineData("bad chunk", 1, 0, 0, 7, 3)]
    [InlineData("bad properties", 0xe0, 0, 0, 0, 9, 225)]
    [InlineData("bad properties", 0xe0, 0, 0, 0, 9, 8 + 9)]
    [InlineData("bad chunk", 0xe0, 0, 0, 0, 4, 93, 1, 0, 0, 0, 0)]
    [InlineData("bad chunk", 0xe0, 0, 0, 0, 1, 93, 0, 0)]
    [InlineData("a chunk goes on with a state that there is not", 1, 0, 0, 7, 0x80, 0, 0, 0, 9)]
    [InlineData("a chunk goes on with a state that there is not", 1, 0, 0, 7, 0xa0, 0, 0, 0, 9)]
    [InlineData("a match reaches before the beginning", 0xe0, 0, 9, 0, 9, 93, 0, 0xff, 0xff, 0xff, 0xfe, 1, 2, 3, 4, 5)]
    [InlineData("a chunk has another length than it says", 0xe0, 0, 0, 0, 9, 93, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    [InlineData("a chunk ends too soon", 0xe0, 0, 40, 0, 4, 93, 0, 0, 1, 2, 3, 0)]
    [InlineData("unexpected end of the data", 1, 0, 9, 7)]
    public void A_wrong_stream_is_refused_by_name(string reason, params int[] stream)
        => Assert.Equal(reason, Assert.Throws<LzmaFormatException>(() => Lzma2Tests.Unpack([.. stream.Select(b => (byte)b)], Dictionary)).Message);

    [Fact]
    public void A_match_may_not_reach_further_than_the_dictionary()
    {
        byte[] packed = Lzma2Tests.Pack([.. LzmaSamples.Of("noise")[..6000], .. LzmaSamples.Of("noise")[..6000]], new Lzma2Options(8192));
        Assert.Equal(12_000, Lzma2Tests.Unpack(packed, 8192).Length);
        Assert.Throws<LzmaFormatException>(() => Lzma2Tests.Unpack(packed, 4096));
    }
}
