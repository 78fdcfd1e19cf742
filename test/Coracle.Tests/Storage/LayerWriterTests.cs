using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Coracle.Tests.Tar;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Storage;

/// <summary>Layers as the tar writers of this world make them: each is unpacked, and record and files give the same bytes again.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LayerWriterTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly string _tree;

    public LayerWriterTests() => _tree = _store.Path + "/tree";

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("--format=gnu --sparse --sort=name")]
    [InlineData("--format=gnu -b 1")]
    [InlineData("--format=gnu -b 512")]
    [InlineData("--format=oldgnu --sparse --sort=inode")]
    [InlineData("--format=posix --xattrs --xattrs-include=*")]
    [InlineData("--format=posix --sparse --xattrs --sort=name --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime")]
    [InlineData("--format=posix --sparse --sparse-version=0.0")]
    [InlineData("--format=posix --pax-option=comment=global,globexthdr.name=g/%n")]
    [InlineData("--format=gnu --numeric-owner --hard-dereference")]
    [InlineData("--format=gnu --mtime=@-12345678")]
    [InlineData("--format=posix --mtime=@-1.25")]
    [InlineData("--format=gnu --mode=u=rwxs,g=rxs,o=rxt")]
    [InlineData("--format=ustar", false)]
    [InlineData("--format=v7", false)]
    public void GNU_tar(string options, bool longNames = true)
    {
        MakeTree(longNames);
        CheckRoundTrip(Pack("tar", [.. options.Split(' '), "-C", _tree, "-cf", "OUT", "."]));
    }

    [Fact]
    public void GNU_tar_appended_to_again_and_again()
    {
        MakeTree(longNames: true);
        string file = _store.Path + "/layer.tar";
        for (int i = 0; i < 3; i++)
        {
            Run("tar", ["--format=" + (i == 1 ? "posix" : "gnu"), "--sparse", "-C", _tree, i == 0 ? "-cf" : "-rf", file, "."]);
            File.WriteAllText($"{_tree}/one", $"changed {i}");
        }

        CheckRoundTrip(File.ReadAllBytes(file));
    }

    /// <summary>An archive that was cut into volumes, labelled, or made against a list is no layer; GNU tar's letters for that are named.</summary>
    [Theory]
    [InlineData("-V label", 86)]
    [InlineData("-g LIST", 68)]
    public void GNU_tar_for_tapes_is_refused_by_name(string options, int type)
    {
        MakeTree(longNames: false);
        byte[] tar = Pack("tar", ["--format=gnu", .. options.Replace("LIST", _store.Path + "/list", StringComparison.Ordinal).Split(' '), "-C", _tree, "-cf", "OUT", "."]);

        Assert.Contains($"unhandled tar header type {type}", Assert.Throws<InvalidTarException>(() => _store.Apply(tar)).Message, StringComparison.Ordinal);
        Assert.Empty(_store.Staged());
    }

    [Theory]
    [InlineData("--format=pax")]
    [InlineData("--format=pax --options=pax:xattrheader=ALL")]
    [InlineData("--format=pax --options=pax:xattrheader=LIBARCHIVE")]
    [InlineData("--format=gnutar")]
    [InlineData("--format=pax --read-sparse")]
    [InlineData("--format=paxr")]
    [InlineData("--format=ustar", false)]
    [InlineData("--format=v7tar", false)]
    public void Bsdtar(string options, bool longNames = true)
    {
        MakeTree(longNames);
        CheckRoundTrip(Pack("bsdtar", ["--xattrs", .. options.Split(' '), "-C", _tree, "-cf", "OUT", "."]));
    }

    /// <summary>bsdtar writes attributes twice, in its own base64 form and in star's. Go, and so Docker, knows the second only.</summary>
    [Fact]
    public void Of_bsdtars_two_forms_of_an_attribute_the_one_that_Docker_reads_counts()
    {
        Directory.CreateDirectory(_tree);
        File.WriteAllText(_tree + "/f", "x");
        byte[] value = [0, 10, 0xff, 61];
        using (DirectoryHandle directory = DirectoryHandle.Open(_tree))
        {
            directory.SetExtendedAttribute("f"u8, "user.binary"u8, value);
        }

        foreach ((string form, bool seen) in new[] { ("SCHILY", true), ("ALL", true), ("LIBARCHIVE", false) })
        {
            byte[] tar = Pack("bsdtar", ["--xattrs", "--format=pax", "--options=pax:xattrheader=" + form, "-C", _tree, "-cf", "OUT", "f"]);
            DiffId layer = CheckRoundTrip(tar);
            using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
            Assert.Equal(seen ? value : null, diff.GetExtendedAttribute("f"u8, "user.binary"u8));
        }
    }

    [Theory]
    [InlineData("GNU_FORMAT")]
    [InlineData("PAX_FORMAT")]
    [InlineData("USTAR_FORMAT", false)]
    public void Python(string format, bool longNames = true)
    {
        MakeTree(longNames);
        string program = "import sys, tarfile; t = tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[3]));"
            + " t.add(sys.argv[2], arcname='.'); t.close()";
        CheckRoundTrip(Pack("python3", ["-c", program, "OUT", _tree, format]));
    }

    /// <summary>Go's archive/tar by way of umoci: what Docker, BuildKit, skopeo and containerd write with.</summary>
    [Fact]
    public void Go_by_umoci()
    {
        MakeTree(longNames: true);
        string image = _store.Path + "/oci";
        Run("umoci", ["init", "--layout", image]);
        Run("umoci", ["new", "--image", image + ":x"]);
        Run("umoci", ["insert", "--rootless", "--image", image + ":x", _tree, "/usr/src"]);
        string blob = new DirectoryInfo(image + "/blobs/sha256").EnumerateFiles().MaxBy(file => file.Length)!.FullName;
        using var gzip = new GZipStream(File.OpenRead(blob), CompressionMode.Decompress);
        using var tar = new MemoryStream();
        gzip.CopyTo(tar);

        DiffId layer = CheckRoundTrip(tar.ToArray());

        Assert.Equal("1", File.ReadAllText(_store.Diff(layer) + "/usr/src/one"));
    }

    /// <summary>BuildKit: PAX only where ustar has no room, records in order of their keys, times and attributes of changed files only.</summary>
    [Fact]
    public void BuildKits_headers()
    {
        byte[] body = RandomNumberGenerator.GetBytes(1234);
        byte[] tar =
        [
            .. Block("usr/", '5', 0), .. Block("usr/bin/", '5', 0),
            .. Pax(("SCHILY.xattr.user.capability", "\u0001\0\0\u0002\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0"), ("mtime", "1700000000.123456789")), .. FileEntry("usr/bin/ping", body),
            .. Pax(("mtime", "1700000000.000000001"), ("path", "usr/\u00c3\u00a4")), .. FileEntry("usr/", body[..100]),
            .. Block("usr/bin/.wh.gone", '0', 0), .. Block("usr/lib/.wh..wh..opq", '0', 0),
            .. End,
        ];

        DiffId layer = CheckRoundTrip(tar);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer) + "/usr/bin");
        Assert.Equal(1_700_000_000_123_456_789, diff.Stat("ping").ModifiedNanoseconds);
        Assert.Equal(20, diff.GetExtendedAttribute("ping"u8, "user.capability"u8)!.Length);
    }

    [Theory]
    [InlineData("no end mark", 0, 0)]
    [InlineData("one zero block", 512, 0)]
    [InlineData("blocking factor 20", 10_240 - 1536, 0)]
    [InlineData("a megabyte of zeros", 1 << 20, 0)]
    [InlineData("garbage behind the mark", 1024, 777)]
    public void Any_end(string what, int zeros, int garbage)
    {
        byte[] noise = RandomNumberGenerator.GetBytes(garbage);
        CheckRoundTrip([.. FileEntry("f", Encoding.UTF8.GetBytes(what)), .. new byte[zeros], .. noise]);
    }

    /// <summary>The last file's padding may be missing, or be anything.</summary>
    [Fact]
    public void Any_padding()
    {
        byte[] body = "body"u8.ToArray();
        CheckRoundTrip([.. Block("f", '0', 4), .. body]);
        CheckRoundTrip([.. Block("f", '0', 4), .. body, .. new byte[17]]);
        CheckRoundTrip([.. Block("f", '0', 4), .. Fill(body, 0xaa), .. Block("g", '0', 4), .. Fill(body, (byte)'g'), .. End]);
    }

    public static TheoryData<string, string> Magics => new()
    {
        { "v7", "" }, { "ustar", "ustar\u000000" }, { "gnu", "ustar  \0" }, { "nobody's", "hello\0!!" }, { "ustar without version", "ustar\0\0\0" },
    };

    [Theory, MemberData(nameof(Magics))]
    public void Any_magic(string name, string magic)
    {
        byte[] tar = [.. Block("f", '0', 3, magic), .. Fill("abc"u8.ToArray()), .. Block("l", '2', 0, magic, "f"), .. End];
        DiffId layer = CheckRoundTrip(tar);
        Assert.True(File.Exists(_store.Diff(layer) + "/f"), name);
    }

    /// <summary>star: times behind a shorter prefix, and "tar" at the very end of the block.</summary>
    [Fact]
    public void Stars_prefix_is_shorter()
    {
        byte[] block = Block("f", '0', 0, change: b =>
        {
            Put(b, 345, "dir");
            Put(b, 476, "14523113400 14523113400 ");
            Put(b, 508, "tar\0");
        });
        DiffId layer = CheckRoundTrip([.. block, .. End]);
        Assert.True(File.Exists(_store.Diff(layer) + "/dir/f"));
    }

    [Fact]
    public void Names_links_and_owners_are_bytes()
    {
        // Latin-1, cut UTF-8, a surrogate, control characters, a backslash.
        string[] names = ["\u00e4", "\u00c3", "\u00ed\u00a0\u0080", "a\nb\t\u001b[1m\u007f", "back\\slash", " ", "-rf", "*"];
        byte[] tar = [.. names.SelectMany(n => (byte[])[.. FileEntry(n, Encoding.Latin1.GetBytes(n)), .. Block(n + "l", '2', 0, link: n), .. Pax(("path", n + "p"), ("uname", n)), .. FileEntry("x", [1])]), .. End];
        DiffId layer = CheckRoundTrip(tar);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        foreach (string name in names)
        {
            Assert.Equal(name.Length, diff.Stat(Encoding.Latin1.GetBytes(name)).Size);
            Assert.Equal(FileKind.SymbolicLink, diff.Stat(Encoding.Latin1.GetBytes(name + "l")).Kind);
            Assert.Equal(1, diff.Stat(Encoding.Latin1.GetBytes(name + "p")).Size);
        }
    }

    [Theory]
    [InlineData("1700000000.123456789", 1_700_000_000_123_456_789)]
    [InlineData("1700000000.1", 1_700_000_000_100_000_000)]
    [InlineData("1700000000.1234567891", 1_700_000_000_123_456_789)]
    [InlineData("1700000000.", 1_700_000_000_000_000_000)]
    [InlineData("0.000000001", 1)]
    [InlineData("-1", 0)] // Docker: a time before 1970 becomes 1970
    [InlineData("-0.5", 0)]
    [InlineData("99999999999", 0)] // and one beyond 64 bits of nanoseconds too
    public void Times_are_exact_to_the_nanosecond(string mtime, long expected)
    {
        DiffId layer = CheckRoundTrip([.. Pax(("mtime", mtime)), .. FileEntry("f", [1]), .. Pax(("mtime", mtime)), .. Block("d/", '5', 0), .. End]);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        Assert.Equal((expected, expected), (diff.Stat("f").ModifiedNanoseconds, diff.Stat("d").ModifiedNanoseconds));
    }

    [Fact]
    public void Attributes_are_bytes()
    {
        string value = "\0\n=\u00ff\u0080 9 user.y=z\n";
        DiffId layer = CheckRoundTrip(
            [.. Pax(("SCHILY.xattr.user.a", value), ("SCHILY.xattr.user.b", ""), ("SCHILY.xattr.user.twice", "1"), ("SCHILY.xattr.user.twice", "2")), .. FileEntry("f", [1]), .. End]);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        Assert.Equal(Encoding.Latin1.GetBytes(value), diff.GetExtendedAttribute("f"u8, "user.a"u8));
        Assert.Equal([], diff.GetExtendedAttribute("f"u8, "user.b"u8)!);
        Assert.Equal("2"u8.ToArray(), diff.GetExtendedAttribute("f"u8, "user.twice"u8));
    }

    /// <summary>Go makes an entry of its own of a global header, and what stood before it is forgotten.</summary>
    [Fact]
    public void Global_headers_say_nothing()
    {
        byte[] tar = [.. Extended('g', Record("path", "global")), .. FileEntry("a", [1]), .. Pax(("path", "lost")), .. Extended('g', Record("mtime", "1")), .. FileEntry("b", [2]), .. Extended('g', ""), .. End];
        DiffId layer = CheckRoundTrip(tar);

        Assert.Equal(["a", "b"], Directory.EnumerateFileSystemEntries(_store.Diff(layer)).Select(Path.GetFileName).Order());
    }

    /// <summary>Two percent of the layer is the promise; measured on this machine's own programs, a few thousand files.</summary>
    [Fact]
    public void The_record_of_an_ordinary_layer_is_within_two_percent()
    {
        string[] places = [.. new[] { "usr/lib/python3", "usr/lib/python3.11", "usr/share/perl", "usr/lib/git-core", "usr/share/vim", "usr/lib/gcc" }.Where(place => Directory.Exists("/" + place))];
        string file = _store.Path + "/layer.tar";
        Run("tar", ["--format=posix", "-C", "/", "-cf", file, .. places]);
        using FileStream tar = File.OpenRead(file);
        using StagedLayer layer = _store.Store.Layers.Apply(tar, LayerCompression.None, null, null, TestContext.Current.CancellationToken);
        _store.Store.Layers.Commit([layer]);
        long record = new FileInfo(_store.Diff(layer.DiffId) + "/../record").Length;
        int files = Directory.EnumerateFiles(_store.Diff(layer.DiffId), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Count();

        TestContext.Current.TestOutputHelper!.WriteLine($"{files} files, {tar.Length} bytes, record {record}: {100.0 * record / tar.Length:f2} %");
        Assert.InRange(files, 2000, int.MaxValue);
        Assert.InRange(record, 1, tar.Length / 50);
    }

    private void MakeTree(bool longNames)
    {
        string deep = longNames ? string.Join('/', Enumerable.Repeat(new string('d', 60), 5)) : "deep";
        Directory.CreateDirectory($"{_tree}/{deep}");
        Directory.CreateDirectory($"{_tree}/empty.d");
        File.WriteAllBytes($"{_tree}/{deep}/large", RandomNumberGenerator.GetBytes(700_001));
        File.WriteAllText($"{_tree}/empty", "");
        File.WriteAllText($"{_tree}/one", "1");
        File.WriteAllBytes($"{_tree}/block", new byte[512]);
        File.WriteAllText($"{_tree}/\u00e4\u00f6\u00fc", "not ASCII");
        SparseTests.Islands($"{_tree}/islands", 12, tail: 70_000);
        File.CreateSymbolicLink($"{_tree}/link", longNames ? new string('t', 150) : "one");
        Run("ln", [$"{_tree}/one", $"{_tree}/two"]);
        if (longNames)
        {
            Run("mkfifo", [$"{_tree}/fifo"]); // v7 has none
        }

        File.SetUnixFileMode($"{_tree}/block", (UnixFileMode)0x9ED); // setuid
        using DirectoryHandle directory = DirectoryHandle.Open(_tree);
        directory.SetExtendedAttribute("one"u8, "user.binary"u8, [0, 10, 0xff, 61]);
        directory.SetModified("one"u8, 1_234_567_890_987_654_321);
    }

    private byte[] Pack(string program, string[] arguments)
    {
        string file = _store.Path + "/layer.tar";
        Run(program, [.. arguments.Select(argument => argument == "OUT" ? file : argument)]);
        return File.ReadAllBytes(file);
    }

    private DiffId CheckRoundTrip(byte[] tar)
    {
        DiffId layer = _store.Add(tar);
        Assert.Equal(Digest.Of(tar), layer.Digest);
        Assert.True(tar.AsSpan().SequenceEqual(_store.ReadTar(layer)));
        VerifyResult result = _store.Store.Layers.Verify(layer, deep: true);
        Assert.True(result.IsIntact, string.Join('\n', result.Problems));
        return layer;
    }

    private static void Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
    }
}
