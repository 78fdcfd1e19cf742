using System.Diagnostics;
using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Coracle.Tests.Tar;
using CsCheck;

namespace Coracle.Tests.Storage;

public sealed class LayerRecordTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("gnu")]
    [InlineData("oldgnu")]
    [InlineData("posix")]
    [InlineData("ustar")]
    [InlineData("v7")]
    public void What_GNU_tar_writes_comes_back_byte_for_byte(string format)
    {
        string source = MakeTree(longNames: format is not ("ustar" or "v7"));
        string tarFile = _store.Path + "/layer.tar";
        Run("tar", "--format=" + format, "-C", source, "-cf", tarFile, ".");

        CheckRoundTrip(File.ReadAllBytes(tarFile));
    }

    [Theory]
    [InlineData("GNU_FORMAT")]
    [InlineData("PAX_FORMAT")]
    [InlineData("USTAR_FORMAT")]
    public void What_Python_writes_comes_back_byte_for_byte(string format)
    {
        string source = MakeTree(longNames: format != "USTAR_FORMAT");
        string tarFile = _store.Path + "/layer.tar";
        string program = "import sys, tarfile; t = tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[3]));"
            + " t.add(sys.argv[2], arcname='.'); t.close()";
        Run("python3", "-c", program, tarFile, source, format);

        CheckRoundTrip(File.ReadAllBytes(tarFile));
    }

    [Fact]
    public void Any_order_of_entries_over_few_names_comes_back_byte_for_byte()
    {
        string[] names = ["a", "b", "a/b", "a/c", "a/b/d", "l/x", "l", ".wh.a", "a/.wh..wh..opq", "a/.wh.b"];
        Gen<string> name = Gen.Int[0, names.Length - 1].Select(i => names[i]);
        Gen<(string Name, int Kind, int Length)[]> entries = Gen.Select(name, Gen.Int[0, 4], Gen.Int[0, 1200]).Array[1, 12];
        entries.Sample(
            chosen =>
            {
                byte[] tar = MakeTar(chosen);
                try
                {
                    CheckRoundTrip(tar);
                }
                catch (Exception e) when (e is LinuxException or InvalidTarException)
                {
                    Assert.Empty(_store.Staged()); // a file in the way of a directory, a link to nothing: refused, and nothing left
                }
            },
            iter: 100,
            threads: 1);
    }

    [Fact]
    public void A_record_is_small_beside_its_layer()
    {
        var tar = new TestTar();
        for (int i = 0; i < 2000; i++)
        {
            tar.File($"usr/lib/module{i % 50}/file-{i:d5}.so", RandomNumberGenerator.GetBytes(4096 + (i % 7 * 4096)));
        }

        byte[] bytes = tar.ToArray();
        DiffId layer = _store.Add(bytes);

        long record = new FileInfo(_store.Diff(layer) + "/../record").Length;
        Assert.InRange(record, 2000 * 48, bytes.Length / 50);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("shorter")]
    [InlineData("missing")]
    public void Damage_to_a_file_is_found_and_named(string damage)
    {
        DiffId layer = _store.Add(new TestTar().File("good", "good").File("d/bad", "0123456789").ToArray());
        string bad = _store.Diff(layer) + "/d/bad";
        switch (damage)
        {
            case "changed":
                File.WriteAllText(bad, "0123456780");
                break;
            case "shorter":
                File.WriteAllText(bad, "0123");
                break;
            default:
                File.Delete(bad);
                break;
        }

        VerifyResult result = _store.Store.Layers.Verify(layer, deep: false);

        Assert.Contains("d/bad", Assert.Single(result.Problems), StringComparison.Ordinal);
        if (damage != "changed")
        {
            Assert.Throws<LayerDamagedException>(() => _store.ReadTar(layer));
        }
    }

    [Fact]
    public void Damage_to_the_record_is_never_taken_for_the_layer()
    {
        byte[] tar = new TestTar().Directory("d").File("d/f", "some content").File("g", "more").ToArray();
        DiffId layer = _store.Add(tar);
        string record = _store.Diff(layer) + "/../record";
        byte[] good = File.ReadAllBytes(record);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] damaged = [.. good];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(record, damaged);
            // A few bits of zstd's own headers mean nothing; then nothing is damaged.
            Assert.True(!_store.Store.Layers.Verify(layer, deep: true).IsIntact || _store.ReadTar(layer).SequenceEqual(tar), $"byte {at}");
        }

        for (int length = 0; length < good.Length; length += 7)
        {
            File.WriteAllBytes(record, good[..length]);
            Assert.False(_store.Store.Layers.Verify(layer, deep: true).IsIntact, $"length {length}");
        }
    }

    [Fact]
    public void A_mark_of_damage_is_told_by_verify_and_goes_with_the_layer()
    {
        byte[] tar = new TestTar().File("f", "content").ToArray();
        DiffId layer = _store.Add(tar);
        LayerStore layers = _store.Store.Layers;
        Assert.Null(layers.DamageOf(layer));

        Assert.True(layers.MarkDamaged(layer, "a delta found f changed"));
        Assert.True(layers.MarkDamaged(layer, new string('x', 5000)));
        Assert.True(layers.MarkDamaged(layer, "f has changed"));

        Assert.Equal("f has changed", layers.DamageOf(layer));
        Assert.Contains("f has changed", Assert.Single(layers.Verify(layer, deep: true).Problems), StringComparison.Ordinal);
        layers.CollectUnreferenced(new HashSet<DiffId>());
        Assert.False(layers.MarkDamaged(layer, "gone"));
        Assert.Null(layers.DamageOf(layer));
        Assert.Equal(layer, _store.Add(tar));
        Assert.True(layers.Verify(layer, deep: true).IsIntact);
    }

    private void CheckRoundTrip(byte[] tar)
    {
        DiffId layer = _store.Add(tar);
        Assert.Equal(Digest.Of(tar), layer.Digest);
        Assert.True(tar.AsSpan().SequenceEqual(_store.ReadTar(layer)));
        VerifyResult result = _store.Store.Layers.Verify(layer, deep: true);
        Assert.True(result.IsIntact, string.Join('\n', result.Problems));
    }

    private static byte[] MakeTar((string Name, int Kind, int Length)[] entries)
    {
        var tar = new TestTar();
        foreach ((string name, int kind, int length) in entries)
        {
            _ = kind switch
            {
                0 => tar.Directory(name),
                1 => tar.Link(name, length % 2 == 0 ? "a" : "/b"),
                2 => tar.HardLink(name, length % 2 == 0 ? "a" : "a/b"),
                _ => tar.File(name, new byte[length].Select((_, i) => (byte)(i * length)).ToArray()),
            };
        }

        return tar.ToArray();
    }

    private string MakeTree(bool longNames)
    {
        string root = _store.Path + "/source";
        string deep = longNames ? string.Join('/', Enumerable.Repeat(new string('d', 60), 5)) : "deep";
        Directory.CreateDirectory($"{root}/{deep}");
        File.WriteAllBytes($"{root}/{deep}/large", RandomNumberGenerator.GetBytes(700_001));
        File.WriteAllText($"{root}/empty", "");
        File.WriteAllText($"{root}/one", "1");
        File.WriteAllBytes($"{root}/block", new byte[512]);
        File.WriteAllText($"{root}/\u00e4\u00f6\u00fc", "not ASCII");
        File.CreateSymbolicLink($"{root}/link", longNames ? new string('t', 150) : "one");
        Run("ln", $"{root}/one", $"{root}/two");
        return root;
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
