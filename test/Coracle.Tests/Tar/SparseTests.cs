using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Coracle.Tar;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Tar;

/// <summary>GNU tar's four ways to write a file with holes: its old format, and PAX 0.0, 0.1 and 1.0.</summary>
public sealed class SparseTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("coracle-sparse-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    public static TheoryData<string> Formats =>
        ["--format=gnu", "--format=oldgnu", "--format=posix --sparse-version=0.0", "--format=posix --sparse-version=0.1", "--format=posix --sparse-version=1.0"];

    [Theory, MemberData(nameof(Formats))]
    public void What_GNU_tar_writes_is_read_as_the_file_it_was(string format)
    {
        // 60 islands: more than the 4 of an old header and the 21 of an extension block, and a 1.0 map of several blocks.
        byte[] content = Islands($"{_path}/islands", 60, tail: 100_000);
        byte[] small = Islands($"{_path}/small", 1, tail: 0);
        byte[] hole = Islands($"{_path}/hole", 0, tail: 700_000);
        string tar = $"{_path}/sparse.tar";
        Run("tar", [.. format.Split(' '), "--sparse", "-C", _path, "-cf", tar, "islands", "small", "hole"]);

        using var reader = new TarReader(new MemoryStream(File.ReadAllBytes(tar)));
        foreach ((string name, byte[] expected) in new[] { ("islands", content), ("small", small), ("hole", hole) })
        {
            Assert.True(reader.MoveNext());
            Assert.Equal(name, Encoding.UTF8.GetString(reader.Entry.Name.Span));
            Assert.NotNull(reader.Entry.Sparse);
            Assert.Equal(expected.Length, reader.Entry.RealSize);
            Assert.InRange(reader.Entry.Size, 0, expected.Length - 1);
            Assert.Equal(expected, Read(new TarBodyStream(reader)));
        }

        Assert.False(reader.MoveNext());
    }

    [Theory, MemberData(nameof(Formats))]
    public void Every_byte_of_a_sparse_tar_is_given_out_once(string format)
    {
        Islands($"{_path}/islands", 60, tail: 100_000);
        string tar = $"{_path}/sparse.tar";
        Run("tar", [.. format.Split(' '), "--sparse", "-C", _path, "-cf", tar, "islands"]);
        using var reader = new TarReader(new MemoryStream(File.ReadAllBytes(tar)));
        using var copy = new MemoryStream();
        while (reader.MoveNext())
        {
            Assert.Equal(copy.Length + reader.RawBytes.Length, reader.BodyOffset);
            copy.Write(reader.RawBytes);
            for (ReadOnlySpan<byte> piece = reader.ReadBody(); !piece.IsEmpty; piece = reader.ReadBody())
            {
                copy.Write(piece);
            }
        }

        copy.Write(reader.RawBytes);
        for (ReadOnlySpan<byte> piece = reader.ReadTrailer(); !piece.IsEmpty; piece = reader.ReadTrailer())
        {
            copy.Write(piece);
        }

        Assert.Equal(File.ReadAllBytes(tar), copy.ToArray());
    }

    /// <summary>Each map against a file of 4096 bytes with a body of 512.</summary>
    public static TheoryData<string, string> Maps => new()
    {
        { "", "asks for 0 bytes" },
        { "0,512", "" },
        { "3584,512,4096,0", "" },
        { "0,0,0,512,512,0", "" },
        { "0,513", "asks for 513" },
        { "0,511", "asks for 511" },
        { "512,256,256,256", "overlap" },
        { "0,300,299,212", "overlap" },
        { "3585,512", "beyond the end" },
        { "9223372036854775799,512", "out of bounds" },
        { "9223372036854775000,512", "beyond the end" },
        { "0,9223372036854775799", "beyond the end" },
        { "-1,512", "not one" },
        { "0,-512", "not one" },
        { "0,99999999999999999999", "not one" },
        { "0,x", "not one" },
        { "0", "not one" },
    };

    [Theory, MemberData(nameof(Maps))]
    public void A_map_that_cannot_be_is_refused_in_each_PAX_format(string map, string problem)
    {
        string[] numbers = map.Length == 0 ? [] : map.Split(',');
        string count = $"{numbers.Length / 2}";
        byte[] list =
        [
            .. Pax(("GNU.sparse.size", "4096"), ("GNU.sparse.numblocks", count), ("GNU.sparse.name", "f"), ("GNU.sparse.map", map)),
            .. FileEntry("GNUSparseFile.1/f", new byte[512]), .. End,
        ];
        (string, string)[] pairs = [.. numbers.Select((number, i) => (i % 2 == 0 ? "GNU.sparse.offset" : "GNU.sparse.numbytes", number))];
        byte[] records = [.. Pax([("GNU.sparse.size", "4096"), ("GNU.sparse.numblocks", count), .. pairs]), .. FileEntry("f", new byte[512]), .. End];
        byte[] inBody =
        [
            .. Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "f"), ("GNU.sparse.realsize", "4096")),
            .. FileEntry("GNUSparseFile.1/f", [.. Fill(Encoding.ASCII.GetBytes(string.Concat(numbers.Prepend(count).Select(n => n + "\n")))), .. new byte[512]]), .. End,
        ];
        foreach (byte[] tar in new[] { list, records, inBody })
        {
            if (problem.Length == 0)
            {
                Assert.Equal(4096, ReadOne(tar).Length);
            }
            else
            {
                Assert.Throws<InvalidTarException>(() => ReadOne(tar));
            }
        }

        // The words, where the format itself has none that come first.
        Assert.Contains(numbers.Length % 2 == 0 ? problem : "", Message(inBody), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000000000\000000001000\0", "00000010000", "")]
    [InlineData("00000000000\000000001000\0", "00000000777", "beyond the end")]
    [InlineData("00000007001\000000001000\0", "00000010000", "beyond the end")]
    [InlineData("00000000000\000000000777\0", "00000010000", "asks for 511")]
    [InlineData("00000001000\000000000400\000000000000\000000000400\0", "00000010000", "overlap")]
    [InlineData("-0000000001\000000001000\0", "00000010000", "not one")]
    [InlineData("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff00000001000\0", "00000010000", "out of bounds")]
    [InlineData("00000000000\000000001000\0", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "beyond the end")]
    [InlineData("00000000000\000000001000\0", "00000010008", "not one")]
    public void A_map_that_cannot_be_is_refused_in_the_old_format(string rows, string realSize, string problem)
    {
        byte[] tar = [.. Old(rows, realSize, goesOn: false), .. new byte[512], .. End];

        Assert.Contains(problem, Message(tar), StringComparison.Ordinal);
        Assert.Equal(problem.Length == 0, Message(tar).Length == 0);
    }

    [Fact]
    public void An_old_map_goes_on_in_blocks_and_one_without_end_is_refused_in_bounded_memory()
    {
        byte[] extension = new byte[512];
        Put(extension, 0, "00000001000\000000001000\0");
        byte[] good = [.. Old("", "00000010000", goesOn: true), .. extension, .. new byte[512], .. End];
        Assert.Equal(4096, ReadOne(good).Length);

        byte[] forever = new byte[512];
        forever[504] = 1;
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new TarReader(new EndlessStream(Old("", "00000010000", goesOn: true), forever));
        Assert.Contains("headers for one entry", Assert.Throws<InvalidTarException>(() => reader.MoveNext()).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 24L << 20);
    }

    [Theory]
    [InlineData("131073\n", "regions")]
    [InlineData("99999999999999999999999\n", "not one")]
    [InlineData("-1\n", "not one")]
    [InlineData("", "not one")]
    [InlineData("1\n", "longer than its file's body")]
    public void A_map_in_the_body_is_not_believed(string start, string problem)
    {
        byte[] body = start == "1\n" ? [.. "1\n"u8, .. Enumerable.Repeat((byte)'0', 10), .. new byte[500]] : Fill(Encoding.ASCII.GetBytes(start + "0"), (byte)'0');
        byte[] tar =
        [
            .. Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "4096")),
            .. FileEntry("f", start == "1\n" ? [.. "1\n0\n"u8, .. Enumerable.Repeat((byte)'0', 10)] : body), .. End,
        ];

        Assert.Contains(problem, Message(tar), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('5', "not a file")]
    [InlineData('2', "not a file")]
    [InlineData('1', "not a file")]
    public void Only_files_are_sparse(char type, string problem)
        => Assert.Contains(
            problem,
            Message([.. Pax(("GNU.sparse.size", "9"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,0")), .. Block("d", type, 0), .. End]),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("GNU.sparse.major=2,GNU.sparse.minor=0", "version")]
    [InlineData("GNU.sparse.major=1", "version")]
    [InlineData("GNU.sparse.size=9", "without its map")]
    [InlineData("GNU.sparse.size=x,GNU.sparse.map=0", "size is not a number")]
    [InlineData("GNU.sparse.numblocks=1,GNU.sparse.offset=0", "without its map")]
    [InlineData("GNU.sparse.numbytes=0,GNU.sparse.offset=0", "not in order")]
    [InlineData("GNU.sparse.offset=0,GNU.sparse.offset=0", "not in order")]
    [InlineData("GNU.sparse.numblocks=2,GNU.sparse.offset=0,GNU.sparse.numbytes=0", "not as long as it says")]
    [InlineData("GNU.sparse.name=a\0b", "NUL")]
    public void Records_that_do_not_fit_together_are_refused(string records, string problem)
    {
        (string, string)[] pairs = [.. records.Split(',').Select(record => (record.Split('=')[0], record.Split('=')[1]))];
        Assert.Contains(problem, Message([.. Pax(pairs), .. Block("f", '0', 0), .. End]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_beyond_all_disks_costs_nothing_to_read()
    {
        byte[] tar = [.. Pax(("GNU.sparse.size", $"{long.MaxValue / 2}"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", $"{long.MaxValue / 2},0")), .. Block("f", '0', 0), .. End];
        using var reader = new TarReader(new MemoryStream(tar));

        Assert.True(reader.MoveNext());
        Assert.Equal((0, long.MaxValue / 2), (reader.Entry.Size, reader.Entry.RealSize));
        Assert.False(reader.MoveNext());
    }

    /// <summary>A file of random islands with holes between them, and its content.</summary>
    internal static byte[] Islands(string path, int count, int tail)
    {
        const int Step = 128 * 1024;
        using (FileStream file = File.Create(path))
        {
            for (int i = 0; i < count; i++)
            {
                file.Position = ((long)i * Step) + (i * 512);
                file.Write(RandomNumberGenerator.GetBytes(4096 + (i * 7)));
            }

            file.SetLength(Math.Max(file.Length, 1) + tail);
        }

        // An island of one byte at the very end would leave no hole; one of this size and no tail is all data.
        if (count == 1)
        {
            using FileStream file = File.OpenWrite(path);
            file.SetLength(1 << 20);
        }

        return File.ReadAllBytes(path);
    }

    internal static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }

    private static byte[] Old(string rows, string realSize, bool goesOn) => Block("f", 'S', 512, "ustar  \0", change: block =>
    {
        Put(block, 386, rows);
        block[482] = (byte)(goesOn ? 1 : 0);
        Put(block, 483, realSize);
    });

    private static byte[] ReadOne(byte[] tar)
    {
        using var reader = new TarReader(new MemoryStream(tar));
        Assert.True(reader.MoveNext());
        Assert.Equal("f", Encoding.UTF8.GetString(reader.Entry.Name.Span));
        byte[] content = Read(new TarBodyStream(reader));
        Assert.False(reader.MoveNext());
        return content;
    }

    private static string Message(byte[] tar)
    {
        try
        {
            ReadOne(tar);
            return "";
        }
        catch (InvalidTarException e)
        {
            return e.Message;
        }
    }

    private static byte[] Read(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy, 777);
        return copy.ToArray();
    }

    private sealed class EndlessStream(byte[] start, byte[] again) : MemoryStream(start)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            if (read > 0)
            {
                return read;
            }

            int length = Math.Min(count, again.Length);
            again.AsSpan(0, length).CopyTo(buffer.AsSpan(offset));
            return length;
        }
    }
}
