using Coracle.Lzma;
using CsCheck;

namespace Coracle.Tests.Lzma;

/// <summary>The encoder against our decoder and against liblzma, which Python has; both decoders against what liblzma writes.</summary>
public sealed class Lzma2Tests(Liblzma liblzma) : IClassFixture<Liblzma>
{
    private const int Dictionary = 64 * 1024;

    public static TheoryData<string, int, int, int, int> Settings => new()
    {
        { "text", Dictionary, 3, 0, 2 }, { "text", 4096, 0, 0, 0 }, { "text", 1 << 20, 4, 0, 4 }, { "text", 5000, 0, 4, 0 }, { "text", 1 << 20, 2, 2, 1 },
        { "noise", Dictionary, 3, 0, 2 }, { "zeros", Dictionary, 3, 0, 2 }, { "zeros", 4096, 0, 2, 2 }, { "periods", Dictionary, 3, 0, 2 }, { "sparse", 1 << 20, 3, 0, 0 },
        { "mixed", Dictionary, 3, 0, 2 }, { "mixed", 4096, 0, 4, 4 }, { "empty", 4096, 3, 0, 2 }, { "byte", 4096, 3, 0, 2 }, { "long", 1 << 20, 3, 0, 2 },
    };

    [Theory, MemberData(nameof(Settings))]
    public void What_is_packed_is_read_by_liblzma_and_by_us(string kind, int dictionary, int lc, int lp, int pb)
    {
        byte[] plain = LzmaSamples.Of(kind), packed = Pack(plain, new Lzma2Options(dictionary, lc, lp, pb));
        Assert.Equal(plain, Unpack(packed, dictionary));
        Assert.Equal(plain, liblzma.Unpack(packed, dictionary));
    }

    [Theory, MemberData(nameof(Settings))]
    public void What_liblzma_packs_is_read(string kind, int dictionary, int lc, int lp, int pb)
    {
        byte[] plain = LzmaSamples.Of(kind);
        Assert.Equal(plain, Unpack(liblzma.Pack(plain, dictionary, lc, lp, pb), dictionary));
    }

    [Theory, InlineData("text"), InlineData("sparse"), InlineData("zeros"), InlineData("periods"), InlineData("mixed"), InlineData("program")]
    public void It_is_as_small_as_liblzma_makes_it_at_its_best(string kind)
    {
        byte[] plain = LzmaSamples.Of(kind);
        int theirs = liblzma.Pack(plain, 1 << 20, 3, 0, 2).Length, ours = Pack(plain, new Lzma2Options(1 << 20)).Length;
        Assert.True(ours <= (theirs * 1.005) + 16, $"{kind}: {ours} bytes, liblzma {theirs}");
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        Gen<byte[]> few = Gen.Byte[0, 3].Array[0, 1500], any = Gen.Byte.Array[0, 1500];
        Gen<byte[]> repeated = Gen.Select(Gen.Byte.Array[1, 9], Gen.Int[0, 700], (unit, count) => Enumerable.Repeat(unit, count).SelectMany(b => b).ToArray());
        Gen<byte[]> sparse = Gen.Select(Gen.Int[1, 5000], Gen.Int[0, 4999].Array[0, 9], (length, places) => Sparse(length, places));
        Gen<byte[]> plain = Gen.OneOf(few, any, repeated, sparse).Array[1, 4].Select(parts => parts.SelectMany(part => part).ToArray());
        Gen.Select(plain, Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 4]).Sample((bytes, lc, lp, pb) =>
        {
            byte[] packed = Pack(bytes, new Lzma2Options(Lzma2Options.MinDictionary, lc, Math.Min(lp, 4 - lc), pb));
            Assert.True(packed.Length <= bytes.Length + (3 * ((bytes.Length / 65_000) + 1)) + 1);
            Assert.Equal(bytes, Unpack(packed, Lzma2Options.MinDictionary));
        }, iter: 100, threads: 1);
    }

    [Theory, InlineData("text"), InlineData("zeros"), InlineData("sparse"), InlineData("periods"), InlineData("mixed"), InlineData("byte"), InlineData("empty"), InlineData("long")]
    public void Where_runs_are_passed_all_bytes_come_back(string kind)
    {
        byte[] plain = LzmaSamples.Of(kind), packed = Pack(plain, new Lzma2Options(Dictionary, 3, 0, 0) { PassesRuns = true });
        Assert.Equal(plain, Unpack(packed, Dictionary));
        Assert.Equal(plain, liblzma.Unpack(packed, Dictionary));
    }

    [Theory, InlineData("text", 64, 48), InlineData("text", 8, 1), InlineData("zeros", 64, 48), InlineData("sparse", 3, 2), InlineData("periods", 64, 48), InlineData("mixed", 32, 8), InlineData("long", 272, 4)]
    public void Where_long_matches_are_taken_at_once_all_bytes_come_back(string kind, int niceLength, int depth)
    {
        foreach (bool passesRuns in new[] { false, true })
        {
            var options = new Lzma2Options(Dictionary) { NiceLength = niceLength, Depth = depth, PassesRuns = passesRuns };
            byte[] plain = LzmaSamples.Of(kind), packed = Pack(plain, options);
            Assert.Equal(plain, Unpack(packed, Dictionary));
            Assert.Equal(plain, liblzma.Unpack(packed, Dictionary));
        }
    }

    [Theory, InlineData(1), InlineData(500)]
    public void The_end_of_the_bytes_is_reached_wherever_runs_lie(int tail)
    {
        for (int length = 1020; length < 1030; length++)
        {
            byte[] plain = Sparse(4 * length, [.. Enumerable.Range(1, 20).Select(i => (i * 97) % 3000)])[..^tail];
            Assert.Equal(plain, Unpack(Pack(plain, new Lzma2Options(Dictionary) { PassesRuns = true }), Dictionary));
        }
    }

    [Fact]
    public void Where_runs_of_any_length_are_passed_all_bytes_come_back()
    {
        Gen<byte[]> run = Gen.Select(Gen.Byte[0, 2], Gen.OneOf(Gen.Int[1, 20], Gen.Int[240, 290], Gen.Int[1, 2000]), (value, count) => Enumerable.Repeat(value, count).ToArray());
        Gen.OneOf(run, Gen.Byte.Array[0, 3]).Array[0, 60].Select(parts => parts.SelectMany(part => part).ToArray()).Sample(bytes =>
        {
            byte[] packed = Pack(bytes, new Lzma2Options(Lzma2Options.MinDictionary) { PassesRuns = true });
            Assert.Equal(bytes, Unpack(packed, Lzma2Options.MinDictionary));
        }, iter: 200, threads: 1);
    }

    /// <summary>Matches are copied in pieces of 16 bytes: what that writes too much may not be what the next match copies.</summary>
    [Theory, InlineData(4096), InlineData(4095), InlineData(4081), InlineData(4080)]
    public void Short_matches_reach_back_as_far_as_the_dictionary(int distance)
    {
        byte[] plain = [.. LzmaSamples.Of("noise")[..distance], .. new byte[40_000]];
        for (int at = distance; at < plain.Length; at++)
        {
            plain[at] = (byte)(plain[at - distance] + (at % 7 == at / 5000 ? 1 : 0));
        }

        byte[] packed = liblzma.Pack(plain, 4096, 3, 0, 2);
        Assert.InRange(packed.Length, distance, 20_000);
        Assert.Equal(plain, Unpack(packed, 4096));
        Assert.Equal(plain, Unpack(Pack(plain, new Lzma2Options(4096)), 4096));
    }

    [Fact]
    public void An_encoder_and_a_decoder_can_be_used_again_and_say_the_same()
    {
        Lzma2Encoder encoder = new();
        Lzma2Decoder decoder = new();
        foreach ((string kind, int dictionary) in new[] { ("mixed", 1 << 20), ("byte", 4096), ("text", 1 << 16), ("empty", 4096), ("noise", 4096), ("mixed", 1 << 20) })
        {
            byte[] plain = LzmaSamples.Of(kind);
            MemoryStream packed = new();
            encoder.Encode(plain, new Lzma2Options(dictionary), packed);
            Assert.Equal(Pack(plain, new Lzma2Options(dictionary)), packed.ToArray());
            Assert.Equal(plain, Unpack(decoder, packed.ToArray(), dictionary, 777));
        }
    }

    [Theory, InlineData("text"), InlineData("sparse"), InlineData("byte"), InlineData("empty"), InlineData("program")]
    public void The_smallest_is_no_larger_than_any_setting(string kind)
    {
        byte[] plain = LzmaSamples.Of(kind)[..Math.Min(LzmaSamples.Of(kind).Length, 30_000)];
        MemoryStream smallest = new();
        new Lzma2Encoder().EncodeSmallest(plain, Dictionary, smallest);
        Assert.Equal(plain, Unpack(smallest.ToArray(), Dictionary));
        foreach ((int lc, int lp, int pb) in new[] { (3, 0, 0), (3, 0, 2), (0, 2, 2), (4, 0, 0), (0, 0, 0) })
        {
            Assert.True(smallest.Length <= Pack(plain, new Lzma2Options(Dictionary, lc, lp, pb)).Length);
        }
    }

    [Fact]
    public void The_smallest_of_a_long_stream_comes_back()
    {
        byte[] plain = LzmaSamples.Of("long");
        Assert.True(plain.Length > 2 << 20);
        MemoryStream smallest = new();
        new Lzma2Encoder().EncodeSmallest(plain, Dictionary, smallest);
        Assert.Equal(plain, Unpack(smallest.ToArray(), Dictionary));
    }

    [Fact]
    public void A_started_decoder_allocates_nothing_anew()
    {
        byte[] packed = Pack(LzmaSamples.Of("text"), new Lzma2Options(Dictionary)), plain = new byte[LzmaSamples.Of("text").Length];
        Lzma2Decoder decoder = new();
        decoder.Start(Dictionary, packed);
        decoder.Read(plain);
        long before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Start(Dictionary / 2, new byte[] { 0 });
        Assert.Equal(0, decoder.Read(plain));
        decoder.Start(Dictionary, packed);
        Assert.Equal(plain.Length, decoder.Read(plain));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Nothing_behind_the_end_mark_is_taken()
    {
        byte[] plain = LzmaSamples.Of("mixed"), packed = [.. Pack(plain, new Lzma2Options(Dictionary)), 1, 2, 3];
        StreamInput input = new(new MemoryStream(packed));
        Lzma2Decoder decoder = new();
        decoder.Start(Dictionary, input);
        byte[] unpacked = new byte[plain.Length + 1];
        Assert.Equal(plain.Length, decoder.Read(unpacked));
        Assert.Equal(0, decoder.Read(unpacked));
        Assert.Equal(packed.Length - 3, input.Stream.Position);
    }

    [Theory, InlineData(4095, 3, 0, 2), InlineData((64 << 20) + 1, 3, 0, 2), InlineData(4096, 4, 1, 0), InlineData(4096, -1, 0, 0), InlineData(4096, 1, -1, 0), InlineData(4096, 0, 0, 5), InlineData(4096, 0, 0, -1)]
    public void Settings_that_LZMA2_has_not_are_refused(int dictionary, int lc, int lp, int pb)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new Lzma2Options(dictionary, lc, lp, pb));

    internal static byte[] Pack(byte[] plain, Lzma2Options options)
    {
        MemoryStream packed = new();
        new Lzma2Encoder().Encode(plain, options, packed);
        return packed.ToArray();
    }

    internal static byte[] Unpack(byte[] packed, int dictionary) => Unpack(new Lzma2Decoder(), packed, dictionary, 8191);

    private static byte[] Unpack(Lzma2Decoder decoder, byte[] packed, int dictionary, int step)
    {
        decoder.Start(dictionary, packed);
        MemoryStream plain = new();
        byte[] buffer = new byte[step];
        for (int read; (read = decoder.Read(buffer)) > 0;)
        {
            plain.Write(buffer, 0, read);
        }

        return plain.ToArray();
    }

    private static byte[] Sparse(int length, int[] places)
    {
        byte[] bytes = new byte[length];
        foreach (int place in places)
        {
            bytes[place % length] = (byte)(place + 1);
        }

        return bytes;
    }

    private sealed class StreamInput(Stream stream) : ILzma2Input
    {
        public Stream Stream => stream;

        public int Read(Span<byte> bytes) => stream.Read(bytes[..Math.Min(bytes.Length, 100)]);
    }
}
