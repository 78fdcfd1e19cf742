using Coracle.Lzma;
using Coracle.Tests.Lzma;

namespace Coracle.Tests.Delta.Second;

/// <summary>LZMA2 read by both decoders: the same bytes of what is whole, and of what is damaged the same or none.</summary>
public sealed class SecondLzmaTests
{
    [Theory]
    [InlineData("byte", 4096, 3, 0, 2)]
    [InlineData("text", 4096, 0, 2, 1)]
    [InlineData("noise", 1 << 16, 3, 0, 2)]
    [InlineData("periods", 8192, 4, 0, 0)]
    [InlineData("mixed", 1 << 20, 1, 3, 4)]
    public void Both_unpack_the_same(string kind, int dictionary, int lc, int lp, int pb)
    {
        byte[] plain = LzmaSamples.Of(kind);
        byte[] packed = Lzma2Tests.Pack(plain, new Lzma2Options(dictionary, lc, lp, pb));
        Assert.Equal(plain, new SecondLzma2(packed, plain.Length, dictionary).Unpack());
    }

    [Fact]
    public void What_is_damaged_is_the_same_to_both()
    {
        byte[] text = LzmaSamples.Of("text")[..30_000];
        byte[] noise = LzmaSamples.Of("noise")[..4096];
        byte[] plain = [.. noise, .. text];
        // A stored chunk in front: damage inside it is other bytes, damage to LZMA is nearly always found.
        byte[] packed = [1, (4096 - 1) >> 8, (4096 - 1) & 0xff, .. noise, .. Lzma2Tests.Pack(text, new Lzma2Options(4096))];
        var random = new Random(3);
        int taken = 0;
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = (byte[])packed.Clone();
            damaged[i < 50 ? packed.Length - 1 - (i * 7) : random.Next(packed.Length)] ^= (byte)(1 << random.Next(8));
            byte[]? first = Try(() => Lzma2Tests.Unpack(damaged, 4096));
            byte[]? second = Try(() => new SecondLzma2(damaged, first?.Length ?? plain.Length, 4096).Unpack());
            Assert.Equal(first, second);
            taken += first == null ? 0 : 1;
        }

        Assert.InRange(taken, 1, 149);
    }

    private static byte[]? Try(Func<byte[]> unpack)
    {
        try
        {
            return unpack();
        }
        catch (Exception e) when (e is LzmaFormatException or RefusedException)
        {
            return null;
        }
    }
}
