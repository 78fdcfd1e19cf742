using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Storage;

namespace Coracle.Tests.Storage;

/// <summary>The spike of docs/decisions/0012: decoding is saved at a block's end, thrown away, and goes on from the saved bytes to the same digests.</summary>
public sealed class ResumableGzipTests : IDisposable
{
    private static readonly byte[] _content = MakeContent();

    private readonly string _path = Directory.CreateTempSubdirectory("coracle-resume-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    /// <summary>Shell lines from the content to the stream.</summary>
    public static TheoryData<string> Writers =>
    [
        "gzip -1", "gzip -6", "gzip -9", "gzip -6 --rsyncable", "pigz -p 3 -6", "pigz -p 3 -i -b 128", "pigz -0",
        // Members of all lengths, one of them empty, with a name and a comment in a header.
"(head -c 700000 f | gzip -9; printf '' | gzip; tail -c +700001 f | head -c 5 | gzip -1; tail -c +700006 f > g; gzip -1 -N -c g)",
        Python("zlib.Z_SYNC_FLUSH", "zlib.Z_DEFAULT_STRATEGY"), Python("zlib.Z_FULL_FLUSH", "zlib.Z_DEFAULT_STRATEGY"),
        Python("zlib.Z_PARTIAL_FLUSH", "zlib.Z_FIXED"), Python("zlib.Z_BLOCK", "zlib.Z_HUFFMAN_ONLY"), Python("zlib.Z_BLOCK", "zlib.Z_RLE"),
    ];

    [Theory, MemberData(nameof(Writers))]
    public void Decoding_goes_on_from_any_place_it_was_left_at(string writer)
    {
        byte[] blob = Pack(writer);
        int stops = 0;
        for (int seed = 0; seed < 4; seed++)
        {
            (byte[] tar, byte[] blobDigest, byte[] tarDigest, int count) = DecodeWithStops(blob, new Random(seed), meanBytes: seed % 2 == 0 ? 40_000 : 400_000);

            Assert.True(_content.AsSpan().SequenceEqual(tar), $"seed {seed}");
            Assert.Equal(SHA256.HashData(_content), tarDigest);
            Assert.Equal(SHA256.HashData(blob), blobDigest);
            stops += count;
        }

        Assert.InRange(stops, 4, int.MaxValue);
    }

    [Fact]
    public void Stored_blocks_can_be_left_too()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(_content);
        }

        (byte[] tar, _, byte[] digest, int stops) = DecodeWithStops(packed.ToArray(), new Random(1), 100_000);

        Assert.True(_content.AsSpan().SequenceEqual(tar));
        Assert.Equal(SHA256.HashData(_content), digest);
        Assert.InRange(stops, 10, int.MaxValue);
    }

    [Fact]
    public void Without_stops_it_is_a_decoder_like_the_other()
    {
        byte[] blob = [.. Pack("gzip -6"), .. "what follows the last member"u8];
        using var source = new MemoryStream(blob);
        using var gzip = new ResumableGzip(source);
        using var output = new MemoryStream();
        byte[] buffer = new byte[70_001];
        for (int read; (read = gzip.Read(buffer)) > 0;)
        {
            output.Write(buffer, 0, read);
        }

        byte[] blobDigest = new byte[32], tarDigest = new byte[32];
        gzip.Finish(blobDigest, tarDigest);
        Assert.True(_content.AsSpan().SequenceEqual(output.ToArray()));
        Assert.Equal(SHA256.HashData(blob), blobDigest);
        Assert.Equal(SHA256.HashData(_content), tarDigest);
    }

    [Fact]
    public void Cut_or_damaged_it_is_refused_before_and_after_a_stop()
    {
        byte[] blob = Pack("gzip -6");
        for (int cut = 1; cut < blob.Length; cut += blob.Length / 25)
        {
            Assert.Throws<LayerFormatException>(() => DecodeWithStops(blob[..cut], new Random(cut), 200_000));
            byte[] damaged = [.. blob];
            damaged[cut] ^= 0x10;
            try
            {
                (byte[] tar, byte[] blobDigest, _, _) = DecodeWithStops(damaged, new Random(cut), 200_000);
                Assert.True(_content.AsSpan().SequenceEqual(tar)); // a bit of a header that says nothing
                Assert.NotEqual(SHA256.HashData(blob), blobDigest);
            }
            catch (LayerFormatException)
            {
            }
        }
    }

    /// <summary>Another window than the one that was there is found by the member's checksum and by the digest.</summary>
    [Fact]
    public void A_wrong_window_is_found()
    {
        byte[] blob = Pack("gzip -9");
        GzipCheckpoint from = FirstStop(blob, 300_000);
        byte[] window = _content[(int)(from.TarOffset - from.WindowLength)..(int)from.TarOffset];
        window.AsSpan().Reverse();
        using var source = new MemoryStream(blob) { Position = from.BlobOffset };
        using var gzip = new ResumableGzip(source, from, window);
        byte[] buffer = new byte[100_000];

        Assert.Throws<LayerFormatException>(() =>
        {
            while (gzip.Read(buffer) > 0)
            {
            }
        });
    }

    [Fact]
    public void A_damaged_checkpoint_is_none()
    {
        byte[] saved = new byte[GzipCheckpoint.SavedLength];
        FirstStop(Pack("gzip -6"), 300_000).WriteTo(saved);
        Assert.NotNull(GzipCheckpoint.TryRead(saved));
        for (int at = 0; at < saved.Length; at++)
        {
            byte[] damaged = [.. saved];
            damaged[at] ^= 1;
            Assert.Null(GzipCheckpoint.TryRead(damaged));
            Assert.Null(GzipCheckpoint.TryRead(saved.AsSpan(0, at)));
        }
    }

    [Fact]
    public void A_hash_goes_on_from_any_place()
    {
        var random = new Random(5);
        for (int length = 0; length < 300; length++)
        {
            byte[] bytes = _content[..length];
            int cut = random.Next(length + 1);
            var first = new Sha256State();
            first.Append(bytes.AsSpan(0, cut));
            byte[] saved = new byte[Sha256State.SavedLength];
            first.Save(saved);
            Sha256State second = Sha256State.Restore(saved);
            second.Append(bytes.AsSpan(cut));
            byte[] digest = new byte[32];
            second.Finish(digest);
            Assert.Equal(SHA256.HashData(bytes), digest);
        }
    }

    private static GzipCheckpoint FirstStop(byte[] blob, long after)
    {
        using var gzip = new ResumableGzip(new MemoryStream(blob));
        byte[] buffer = new byte[10_000];
        for (long total = 0; !gzip.IsAtBoundary;)
        {
            gzip.SeekBoundary = total > after;
            total += gzip.Read(buffer);
        }

        return gzip.Save();
    }

    /// <summary>Each stop: saved as bytes, some more is decoded and lost, everything is thrown away, and begun again from the bytes.</summary>
    private static (byte[] Tar, byte[] BlobDigest, byte[] TarDigest, int Stops) DecodeWithStops(byte[] blob, Random random, int meanBytes)
    {
        using var output = new MemoryStream();
        byte[]? saved = null;
        for (int stops = 0; ; stops++)
        {
            GzipCheckpoint? from = saved is null ? null : GzipCheckpoint.TryRead(saved);
            using var source = new MemoryStream(blob) { Position = from?.BlobOffset ?? 0 };
            output.SetLength(from?.TarOffset ?? 0);
            byte[] window = from is null ? [] : output.ToArray().AsSpan()[^from.WindowLength..].ToArray();
            using ResumableGzip gzip = from is null ? new ResumableGzip(source) : new ResumableGzip(source, from, window);
            saved = Run(gzip, output, output.Length + random.Next(2 * meanBytes), new byte[random.Next(1, 100_000)]);
            if (saved is null)
            {
                byte[] blobDigest = new byte[32], tarDigest = new byte[32];
                gzip.Finish(blobDigest, tarDigest);
                return (output.ToArray(), blobDigest, tarDigest, stops);
            }
        }
    }

    /// <returns>Null at the end of the stream.</returns>
    private static byte[]? Run(ResumableGzip gzip, MemoryStream output, long stopAt, byte[] buffer)
    {
        byte[]? saved = null;
        for (int lost = 0; lost < 3;)
        {
            gzip.SeekBoundary = saved is null && output.Length >= stopAt;
            int read = gzip.Read(buffer);
            output.Write(buffer, 0, read);
            if (gzip.IsAtBoundary && saved is null)
            {
                saved = new byte[GzipCheckpoint.SavedLength];
                gzip.Save().WriteTo(saved);
                Assert.Equal(output.Length, GzipCheckpoint.TryRead(saved)!.TarOffset);
            }
            else if (read == 0)
            {
                return saved;
            }

            lost += saved is null ? 0 : 1;
        }

        return saved;
    }

    private byte[] Pack(string writer)
    {
        File.WriteAllBytes(_path + "/f", _content);
        string line = writer.Contains("f |", StringComparison.Ordinal) || writer.StartsWith("python3", StringComparison.Ordinal) ? writer : writer + " -c f";
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line + " > packed"]) { WorkingDirectory = _path })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return File.ReadAllBytes(_path + "/packed");
    }

    private static string Python(string flush, string strategy)
        => "python3 -c \"import zlib; d = open('f', 'rb').read(); c = zlib.compressobj(6, 8, 31, 8, " + strategy + "); o = open('/dev/stdout', 'wb');"
            + " [(o.write(c.compress(d[i:i+50000])), o.write(c.flush(" + flush + "))) for i in range(0, len(d), 50000)]; o.write(c.flush()); o.close()\"";

    /// <summary>Text, noise and zeros: dynamic, stored and fixed blocks.</summary>
    private static byte[] MakeContent()
    {
        byte[] content = new byte[1_500_000];
        var random = new Random(7);
        for (int at = 0; at < content.Length;)
        {
            Span<byte> piece = content.AsSpan(at, Math.Min(random.Next(1, 100_000), content.Length - at));
            int kind = random.Next(4);
            if (kind == 0)
            {
                random.NextBytes(piece);
            }
            else if (kind < 3)
            {
                for (int i = 0; i < piece.Length; i++)
                {
                    piece[i] = at > 30_000 && i > 0 && random.Next(8) > 0 ? content[at + i - random.Next(1, 30_000)] : (byte)"etaoin shrdlu\n"[random.Next(14)];
                }
            }

            at += piece.Length;
        }

        return content;
    }
}
