using System.Diagnostics;
using Coracle.Storage;

namespace Coracle.Tests.Storage;

/// <summary>Against Debian's own tools: what they write, at every level, is read; what is damaged is refused.</summary>
public sealed class DecoderTests
{
    public static TheoryData<string, string> Tools => new()
    {
        { "gzip", "-1" }, { "gzip", "-9" }, { "bzip2", "-1" }, { "bzip2", "-9" }, { "xz", "-0" }, { "xz", "-6" }, { "xz", "-6e" },
        { "xz", "-9" }, { "xz", "--check=crc32" }, { "xz", "--check=sha256" }, { "xz", "--check=none" }, { "xz", "--block-size=40000" },
        { "xz", "--lzma2=dict=4KiB,lc=0,lp=4,pb=0" }, { "xz", "--lzma2=dict=64KiB,lc=4,lp=0,pb=4" }, { "zstd", "-1" }, { "zstd", "-19" }, { "zstd", "--check" },
    };

    private static readonly byte[][] _contents = [[], [7], Text(1000), Text(300_000), Noise(90_000), new byte[1_000_000], Runs(), [.. Text(50_000), .. Noise(70_000), .. Text(200_000)]];

    [Theory, MemberData(nameof(Tools))]
    public void What_the_tool_writes_is_read(string tool, string option)
    {
        foreach (byte[] content in _contents)
        {
            Assert.Equal(content, Decode(Run(tool, content, option, "-c")));
        }
    }

    [Theory, InlineData("gzip"), InlineData("bzip2"), InlineData("xz"), InlineData("zstd")]
    public void Streams_one_after_the_other_are_one(string tool)
    {
        byte[] one = Run(tool, Text(5000), "-c"), two = Run(tool, Noise(5000), "-c");
        Assert.Equal([.. Text(5000), .. Noise(5000), .. Text(5000)], Decode([.. one, .. two, .. one]));
    }

    [Fact]
    public void Padding_between_xz_streams_is_passed_over()
    {
        byte[] one = Run("xz", Text(5000), "-c");
        Assert.Equal([.. Text(5000), .. Text(5000)], Decode([.. one, 0, 0, 0, 0, .. one, 0, 0, 0, 0]));
        Assert.Throws<LayerFormatException>(() => Decode([.. one, 0, 0, 0]));
    }

    [Fact]
    public void Skippable_frames_of_zstd_are_passed_over()
    {
        byte[] skip = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] frame = Run("zstd", Text(5000), "-c");
        Assert.Equal([.. Text(5000), .. Text(5000)], Decode([.. skip, .. frame, .. skip, .. frame, .. skip]));
    }

    [Fact]
    public void What_follows_the_last_zstd_frame_and_is_none_is_damage()
        => Assert.Throws<LayerFormatException>(() => Decode([.. Run("zstd", Text(5000), "-c"), 1, 2, 3, 4, 5, 6, 7, 8]));

    [Fact]
    public void A_zstd_window_beyond_the_bound_is_refused_by_name()
    {
        byte[] content = Text(100_000);
        LayerFormatException error = Assert.Throws<LayerFormatException>(() => Decode(Run("zstd", content, "--long=27", "-c")));
        Assert.Equal("zstd: a window of more than 8 MiB is not supported", error.Message);
    }

    [Fact]
    public void An_xz_dictionary_beyond_the_bound_is_refused_by_name()
    {
        LayerFormatException error = Assert.Throws<LayerFormatException>(() => Decode(Run("xz", Text(1000), "--lzma2=dict=128MiB", "-c")));
        Assert.Equal("xz: a dictionary of more than 64 MiB is not supported", error.Message);
    }

    [Fact]
    public void An_xz_filter_for_programs_is_refused_by_name()
    {
        LayerFormatException error = Assert.Throws<LayerFormatException>(() => Decode(Run("xz", Text(1000), "--x86", "--lzma2", "-c")));
        Assert.Equal("xz: filters other than LZMA2 are not supported", error.Message);
    }

    [Theory, InlineData("gzip"), InlineData("bzip2"), InlineData("xz"), InlineData("zstd")]
    public void Cut_anywhere_it_does_not_end_well(string tool)
    {
        byte[] whole = Run(tool, Text(20_000), "-c");
        for (int length = 7; length < whole.Length; length += Math.Max(1, whole.Length / 60))
        {
            Assert.ThrowsAny<IOException>(() => Decode(whole[..length]));
        }
    }

    /// <summary>Any flipped bit: an error, or (in a field that says nothing) the right content; never other bytes, a hang or another exception.</summary>
    [Theory, InlineData("bzip2"), InlineData("xz"), InlineData("zstd", "--check")]
    public void A_flipped_bit_never_becomes_other_content(string tool, string option = "-c")
    {
        byte[] content = Text(20_000), whole = Run(tool, content, option, "-c");
        Random random = new(9);
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                byte[] decoded = Decode(damaged);
                Assert.True(DecodedStream.IsCompressed(damaged) ? content.AsSpan().SequenceEqual(decoded) : damaged.AsSpan().SequenceEqual(decoded));
            }
            catch (LayerFormatException)
            {
            }
        }
    }

    [Theory, InlineData(0x42, 0x5a, 0x68), InlineData(0xfd, 0x37, 0x7a), InlineData(0x28, 0xb5, 0x2f)]
    public void Noise_behind_a_right_beginning_is_refused(int first, int second, int third)
    {
        for (int seed = 0; seed < 50; seed++)
        {
            byte[] noise = new byte[3000];
            new Random(seed).NextBytes(noise);
            byte[] start = first == 0x42 ? "BZh91AY&SY"u8.ToArray() : first == 0xfd ? Run("xz", Text(100), "-c")[..24] : [(byte)first, (byte)second, (byte)third, 0xfd];
            Assert.ThrowsAny<IOException>(() => Decode([.. start, .. noise]));
        }
    }

    private static byte[] Decode(byte[] blob)
    {
        using DecodedStream stream = DecodedStream.Open(new MemoryStream(blob));
        using MemoryStream output = new();
        stream.CopyTo(output, 8191);
        return output.ToArray();
    }

    private static byte[] Text(int length)
    {
        byte[] text = new byte[length];
        Random random = new(3);
        for (int i = 0; i < length;)
        {
            if (i > 100 && random.Next(4) > 0)
            {
                int count = Math.Min(random.Next(2, 300), length - i), from = random.Next(Math.Max(0, i - 100_000), i - 1);
                for (int end = i + count; i < end; i++, from++)
                {
                    text[i] = text[from];
                }
            }
            else
            {
                text[i++] = (byte)"etaoin shrdlu\n"[random.Next(14)];
            }
        }

        return text;
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(4).NextBytes(noise);
        return noise;
    }

    /// <summary>Runs of every length around bzip2's limits of 4 and 259.</summary>
    private static byte[] Runs()
    {
        List<byte> runs = [];
        for (int length = 1; length < 600; length++)
        {
            runs.AddRange(Enumerable.Repeat((byte)(length * 7), length));
        }

        return [.. runs];
    }

    private static byte[] Run(string tool, byte[] input, params string[] arguments)
    {
        ProcessStartInfo info = new(tool) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(info)!;
        using MemoryStream output = new();
        Thread writer = new(() =>
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        });
        writer.Start();
        process.StandardOutput.BaseStream.CopyTo(output);
        writer.Join();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"{tool} ended with {process.ExitCode}");
    }
}
