using System.IO.Compression;
using System.Text;

namespace Coracle.E2E;

/// <summary>Layer cases that go through an engine: pulled, loaded, run. The rest are unit and root tests (LayerSecurityCases).</summary>
public sealed class LayerSecurityTests(Stage stage) : EngineTest(stage)
{
    private static readonly TimeSpan _retries = TimeSpan.FromSeconds(60);

    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Names, links and types that try to get out, and then are looked at from inside.</summary>
    [Fact]
    public async Task Two_layers_that_try_to_leave_the_root_stay_in_it()
    {
        Layer first = new LayerTar()
            .Directory("tmp").Directory("etc").SymbolicLink("out", "/tmp").SymbolicLink("up", "../../../../../../tmp")
            .Text("out/left-the-root-through-link", "same layer").Text("up/left-the-root-through-up", "same layer")
            .Directory("changes").Text("changes/below", "hidden").Text("../../../../tmp/left-the-root-dotdot", "dots").Finish();
        Layer second = new LayerTar()
            .Text("out/left-the-root-next", "the link is a directory now").SymbolicLink("changes", "/etc").Text("pair", "paired").HardLink("pair2", "pair").Finish();
        TestImage image = await PushAsync("leave", first, second);

        string seen = (await RunAsync(image.Reference, "sh", "-c", "cat /tmp/left-the-root-through-link /tmp/left-the-root-through-up /tmp/left-the-root-dotdot /out/left-the-root-next; readlink /changes; ls -A /out; cat /pair2")).Succeeds().Text;

        Assert.Equal("same layersame layerdotsthe link is a directory now/etc\nleft-the-root-next\npaired", seen);
        Assert.Empty(Directory.EnumerateFileSystemEntries("/tmp", "left-the-root-*"));
        await Docker.SayAsync("rmi", image.Reference);
    }

    public static TheoryData<string> Compressors => ["gzip -1", "gzip -9", "zstd -q"];

    /// <summary>The blob is what the registry says, the tar in it is not what the configuration says.</summary>
    [Theory, MemberData(nameof(Compressors))]
    public async Task A_tar_that_is_cut_inside_a_whole_blob_is_refused(string compressor)
    {
        byte[] whole = ImageFiles.Tar(("f", new byte[300_000]));
        byte[] blob = await PackAsync(whole[..200_000], compressor);
        TestImage image = await PushAsync("cut-tar", new Layer(LayerTar.DigestOf(whole), blob));
        await RefusedAsync(image.Reference, "");
    }

    [Fact]
    public async Task A_gzip_stream_that_is_cut_inside_a_whole_blob_is_refused()
    {
        byte[] tar = ImageFiles.Layer("f", string.Join(' ', Enumerable.Range(0, 50_000)));
        byte[] blob = await PackAsync(tar, "gzip -6");
        TestImage image = await PushAsync("cut-gzip", new Layer(LayerTar.DigestOf(tar), blob[..(blob.Length / 2)]));
        await RefusedAsync(image.Reference, "");
    }

    [Fact]
    public async Task A_gzip_stream_of_many_members_is_one_layer()
    {
        byte[] tar = ImageFiles.Layer("words", "in members");
        byte[] blob = [.. await PackAsync(tar[..100], "gzip -1"), .. await PackAsync([], "gzip -1"), .. await PackAsync(tar[100..], "gzip -9")];
        TestImage image = await PushAsync("members", new Layer(LayerTar.DigestOf(tar), blob));
        Assert.Equal("in members", (await RunAsync(image.Reference, "cat", "/words")).Succeeds().Text);
        await Docker.SayAsync("rmi", image.Reference);
    }

    /// <summary>Docker has read the tar to its end by then and does not look; the digest of the blob covers the rest.</summary>
    [Theory]
    [InlineData("garbage behind the last member")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public async Task What_follows_the_last_gzip_member_is_passed_over(string rest)
    {
        byte[] tar = [.. ImageFiles.Layer("words", "before the garbage"), .. new byte[20_000]];
        byte[] blob = [.. await PackAsync(tar, "gzip -1"), .. Encoding.ASCII.GetBytes(rest)];
        TestImage image = await PushAsync("trailing", new Layer(LayerTar.DigestOf(tar), blob));
        Assert.Equal("before the garbage", (await RunAsync(image.Reference, "cat", "/words")).Succeeds().Text);
        await Docker.SayAsync("rmi", image.Reference);
    }

    [Fact]
    public async Task What_follows_the_end_of_a_tar_belongs_to_the_layer_and_is_saved_with_it()
    {
        byte[] tar = [.. ImageFiles.Layer("words", "before the garbage"), .. Encoding.ASCII.GetBytes(new string('g', 3000))];
        TestImage image = await PushAsync("tar-trailing", new Layer(LayerTar.DigestOf(tar), await PackAsync(tar, "gzip -1")));
        await Docker.SayAsync("pull", "-q", image.Reference);
        string file = ImageFiles.NewPath(Engine, "saved.tar");
        await Docker.SayAsync("save", "-o", file, image.Reference);
        Assert.Contains(ImageFiles.Read(file).Values, content => content.AsSpan().SequenceEqual(tar));
        File.Delete(file);
        await Docker.SayAsync("rmi", image.Reference);
    }

    /// <summary>dockerd knows the PAX formats; of GNU tar's old one it says "unhandled tar header type 83".</summary>
    [Theory]
    [InlineData("--format=posix --sparse-version=0.1")]
    [InlineData("--format=posix --sparse-version=1.0")]
    public Task A_sparse_file_is_the_file_it_was(string format) => RunSparseAsync(format);

    [Fact]
    [Trait("Engine", "coracle")]
    public Task A_sparse_file_of_the_old_format_is_too() => RunSparseAsync("--format=gnu");

    private async Task RunSparseAsync(string format)
    {
        string root = Directory.CreateDirectory(ImageFiles.NewPath(Engine, "sparse")).FullName;
        await using (FileStream file = File.Create(root + "/f"))
        {
            file.Position = 3_000_000;
            await file.WriteAsync("island"u8.ToArray());
            file.SetLength(9_000_001);
        }

        (await Command.RunAsync("/bin/tar", [.. format.Split(' '), "--sparse", "-C", root, "-cf", root + ".tar", "f"], Machine.Environment(Engine.Root))).Succeeds();
        byte[] tar = await File.ReadAllBytesAsync(root + ".tar");
        Assert.InRange(tar.Length, 1, 100_000);
        string expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(root + "/f")));
        TestImage image = await PushAsync("sparse", new Layer(LayerTar.DigestOf(tar), await PackAsync(tar, "gzip -1")));
        Assert.Equal($"{expected}  /f", (await RunAsync(image.Reference, "sha256sum", "/f")).Succeeds().Text);
        Directory.Delete(root, recursive: true);
        File.Delete(root + ".tar");
        await Docker.SayAsync("rmi", image.Reference);
    }

    /// <summary>dockerd unpacks the attribute, and overlayfs then shows the /etc of the layer below as /d (20.10, measured).</summary>
    [Fact]
    [Trait("Engine", "coracle")]
    public async Task An_image_cannot_speak_to_overlayfs()
    {
        string root = Directory.CreateDirectory(ImageFiles.NewPath(Engine, "tree")).FullName;
        Directory.CreateDirectory(root + "/d");
        (await Command.RunAsync("/usr/bin/setfattr", ["-n", "trusted.overlay.redirect", "-v", "/etc", root + "/d"], Machine.Environment(Engine.Root))).Succeeds();
        (await Command.RunAsync("/bin/tar", ["--format=posix", "--xattrs", "--xattrs-include=*", "-C", root, "-cf", root + ".tar", "d"], Machine.Environment(Engine.Root))).Succeeds();
        byte[] tar = await File.ReadAllBytesAsync(root + ".tar");
        Assert.Contains("trusted.overlay.redirect", Encoding.Latin1.GetString(tar), StringComparison.Ordinal);
        TestImage image = await PushAsync("redirect", new Layer(LayerTar.DigestOf(tar), await PackAsync(tar, "gzip -1")));
        Assert.Equal("", (await RunAsync(image.Reference, "ls", "-A", "/d")).Succeeds().Text);
        Directory.Delete(root, recursive: true);
        File.Delete(root + ".tar");
        await Docker.SayAsync("rmi", image.Reference);
    }

    /// <summary>CVE-2021-41190: bytes that are a manifest to one reader and an index to another.</summary>
    [Theory]
    [InlineData("application/vnd.docker.distribution.manifest.list.v2+json")]
    [InlineData("application/vnd.oci.image.manifest.v1+json")]
    [InlineData("application/vnd.oci.image.index.v1+json")]
    public Task A_document_that_is_a_manifest_and_an_index_is_refused(string type) => RefuseBothAsync(type);

    /// <summary>dockerd has the check for OCI's types alone (20.10, measured).</summary>
    [Fact]
    [Trait("Engine", "coracle")]
    public Task A_document_of_Docker_type_that_is_a_manifest_and_an_index_is_refused() => RefuseBothAsync(ManifestType);

    private async Task RefuseBothAsync(string type)
    {
        Layer layer = Gallery.Noise("n", 23, 1000);
        byte[] config = ImageFiles.Config(layer.DiffId);
        string document = $$$"""
            {"schemaVersion":2,"mediaType":"{{{type}}}","manifests":[],
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{{{LayerTar.DigestOf(config)}}}","size":{{{config.Length}}}},
             "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","digest":"{{{layer.Digest}}}","size":{{{layer.Blob.Length}}}}]}
            """;
        await using var registry = Serve(document, type, config, layer);
        await RefusedAsync($"{registry.Address}/both:1", "");
    }

    /// <summary>CVE-2021-21285: a manifest that is wrong in any way is an error, and the engine is there afterwards.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":null,"layers":null}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:","size":-1},"layers":[{"digest":"x","size":-9223372036854775808}]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"../../../etc/passwd","size":1},"layers":[]}""")]
    public async Task A_bad_manifest_is_an_error_and_the_engine_lives(string document)
    {
        await using var registry = Serve(document, ManifestType, "{}"u8.ToArray(), Gallery.Noise("n", 24, 1000));
        await RefusedAsync($"{registry.Address}/bad:1", "");
        await Docker.SayAsync("version");
    }

    /// <summary>CVE-2023-25153: documents in an archive are read into memory, so they have a bound. 400 MB of JSON in 400 KB.</summary>
    [Theory]
    [InlineData("manifest.json")]
    [InlineData("index.json")]
    [InlineData("repositories")]
    public async Task A_huge_document_in_an_archive_costs_no_memory(string name)
    {
        const long Size = 400L << 20;
        string file = ImageFiles.NewPath(Engine, "huge.tar.gz");
        await WriteHugeAsync(file, name, Size);
        await File.WriteAllTextAsync($"/proc/{Engine.ProcessId}/clear_refs", "5"); // the peak begins anew
        long before = PeakKib();

        (await Docker.RunAsync("load", "-i", file)).Exits(1);

        // dockerd is not ours to measure.
        Assert.InRange(PeakKib() - before, 0, Engine.Kind == EngineKind.Coracle ? 24 << 10 : long.MaxValue);
        File.Delete(file);
        await Docker.SayAsync("version");
    }

    private long PeakKib() => long.Parse(
        Processes.Read(Engine.ProcessId, "status").Split('\n').First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    private static async Task WriteHugeAsync(string file, string name, long size)
    {
        await using FileStream output = File.Create(file);
        await using var gzip = new GZipStream(output, CompressionLevel.Fastest);
        byte[] header = ImageFiles.Tar((name, []))[..512];
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(header, 124);
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        await gzip.WriteAsync(header);
        byte[] spaces = [.. Enumerable.Repeat((byte)' ', 1 << 20)];
        spaces[0] = (byte)'[';
        for (long at = 0; at < size; at += spaces.Length)
        {
            await gzip.WriteAsync(spaces);
            spaces[0] = (byte)' ';
        }

        await gzip.WriteAsync(new byte[1024]);
    }

    private static LyingRegistry Serve(string document, string type, byte[] config, Layer layer) => new(path =>
        path.Contains(layer.Digest, StringComparison.Ordinal) ? new Lie(200, "application/octet-stream", layer.Blob)
        : path.Contains(LayerTar.DigestOf(config), StringComparison.Ordinal) ? new Lie(200, "application/octet-stream", config)
        : path.Contains("/manifests/", StringComparison.Ordinal) ? Lie.Text(200, type, document)
        : path.TrimEnd('/') == "/v2" ? Lie.Text(200, "application/json", "{}")
        : Lie.Text(404, "application/json", """{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}"""));

    private Task<TestImage> PushAsync(string repository, params Layer[] layers)
        => Images.PushAsync(repository, "1", [Images.Busybox, .. layers], new RunSettings(["sh"]));

    private async Task<byte[]> PackAsync(byte[] content, string compressor)
    {
        string file = ImageFiles.NewPath(Engine, "pack");
        await File.WriteAllBytesAsync(file, content);
        await ImageFiles.CompressAsync(Engine, file, compressor);
        byte[] packed = await File.ReadAllBytesAsync(file + ".packed");
        File.Delete(file);
        File.Delete(file + ".packed");
        return packed;
    }

    private async Task RefusedAsync(string reference, string text)
    {
        await using Command pulling = Docker.Start("pull", reference);
        CommandResult pull = (await pulling.EndAsync(_retries)).Exits(1);
        Assert.Contains(text, pull.Errors, StringComparison.Ordinal);
        Assert.NotEqual("", pull.Errors);
        (await Api.GetAsync($"/images/{reference}/json")).Has(404);
    }
}
