namespace Coracle.Tests.Lzma;

/// <summary>Bytes of every kind that a packer finds hard or easy.</summary>
internal static class LzmaSamples
{
    public static byte[] Of(string kind) => kind switch
    {
        "empty" => [],
        "byte" => [7],
        "text" => Text(60_000),
        "noise" => Noise(80_000),
        "zeros" => new byte[300_000],
        "periods" => Periods(),
        "sparse" => Sparse(60_000),
        "mixed" => [.. Text(10_000), .. Noise(70_000), .. Text(30_000), .. new byte[5000], .. Noise(1000), .. Text(5000)],
        "long" => [.. new byte[2_200_000], .. Noise(3000), .. new byte[100_000]],   // chunks of the longest plain length
        _ => File.ReadAllBytes(typeof(Coracle.Tar.TarReader).Assembly.Location),
    };

    private static byte[] Text(int length)
    {
        byte[] text = new byte[length];
        Random random = new(3);
        for (int i = 0; i < length;)
        {
            if (i > 100 && random.Next(4) > 0)
            {
                int count = Math.Min(random.Next(2, 300), length - i), from = random.Next(i - 1);
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

    /// <summary>Long runs of short periods.</summary>
    private static byte[] Periods()
    {
        List<byte> bytes = [];
        for (int period = 1; period <= 9; period++)
        {
            byte[] unit = Noise(period);
            for (int i = 0; i < 2_000 + period; i++)
            {
                bytes.Add((byte)(unit[i % period] + period));
            }
        }

        return [.. bytes];
    }

    /// <summary>Differences of two programs: zeros, and now and then a small number.</summary>
    private static byte[] Sparse(int length)
    {
        byte[] bytes = new byte[length];
        Random random = new(5);
        for (int i = 0; i < length; i += random.Next(1, 60))
        {
            bytes[i] = (byte)random.Next(random.Next(1, 256));
        }

        return bytes;
    }
}
