using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>Whatever is wrong with a delta or its base: that layer comes in full, at once, and everybody is told why. Never a wrong image.</summary>
[Trait("Engine", "coracle")] // dockerd knows no deltas
public sealed class DeltaFaultTests(Stage stage) : EngineTest(stage)
{
    private const int Length = 1_000_000;
    private const int Changed = 20_000;
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    [Theory]
    [InlineData("a byte is another")]
    [InlineData("the file is cut short")]
    [InlineData("the file is gone")]
    public async Task A_damaged_base_is_found_out_and_noted(string damage)
    {
        string repository = "delta-base-" + damage.Replace(' ', '-');
        Versions versions = await Versions.PushAsync(Images, repository, 53, Length, Changed);
        await using BuildServer publisher = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        await publisher.PublishAsync(versions.New.Reference, versions.Old.Reference);
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", versions.Old.Reference);
        string layer = Path.Combine(device.DataRoot, "layers", versions.Old.Layers[1].DiffId["sha256:".Length..]);
        await SpoilAsync(layer + "/diff/data/app", damage);

        await FallsBackAsync(device, versions.New, versions.New.Reference, "base-damaged");

        Assert.Contains($"layer {versions.Old.Layers[1].DiffId} is damaged: ", await File.ReadAllTextAsync(device.LogPath), StringComparison.Ordinal);
        Assert.NotEqual("", await File.ReadAllTextAsync(layer + "/damaged")); // for whoever repairs it
        await cli.SayAsync("rmi", versions.New.Reference);
        CommandResult again = (await cli.RunAsync("pull", versions.New.Reference)).Succeeds();
        Assert.DoesNotContain("by delta", again.Output, StringComparison.Ordinal); // what is known to be damaged is no base
        await Versions.AreWholeAsync(cli, versions.New.Reference, versions.New);
    }

    private static async Task SpoilAsync(string file, string damage)
    {
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[1000] ^= 1;
        switch (damage)
        {
            case "a byte is another":
                await File.WriteAllBytesAsync(file, bytes);
                break;
            case "the file is cut short":
                await File.WriteAllBytesAsync(file, bytes[..^5000]);
                break;
            default:
                File.Delete(file);
                break;
        }
    }

    private static readonly (string Fault, string Reason)[] _faults =
    [
        ("flipped on the way", "delta-damaged"),
        ("flipped before it was published", "delta-damaged"),
        ("cut before it was published", "delta-damaged"),
        ("of nothing", "delta-damaged"),
        ("for another layer", "delta-damaged"),
        ("makes another layer", "wrong-layer"),
        ("of a later version", "unsupported-version"),
        ("listed and not there", "unavailable"),
    ];

    /// <summary>One device, one delta, and what can be done to it: each in a repository of its own.</summary>
    [Fact]
    public async Task A_delta_that_is_not_what_it_should_be_is_not_used()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-faults", 54, Length, Changed);
        TestImage third = await Images.PushAsync("delta-faults", "3", [Images.Busybox, new LayerTar().File("data/app", [.. versions.Bytes, 1]).Finish()], new RunSettings(["sh"]));
        await using TestRegistry registry = new();
        Versions.Copy(Registry, registry, "delta-faults", versions.Old, versions.New, third);
        string at = registry.Address + "/delta-faults";
        await using BuildServer publisher = await BuildServer.StartAsync(at + ":1", at + ":2", at + ":3");
        byte[] artifact = registry.Store.FindManifest("delta-faults", await publisher.PublishAsync(at + ":2", at + ":1"))!.Value.Bytes;
        byte[] other = registry.Store.FindManifest("delta-faults", await publisher.PublishAsync(at + ":3", at + ":1"))!.Value.Bytes;
        PublishedDelta delta = Assert.Single(PublishedDelta.Of(artifact));
        (byte[] sound, byte[] others) = (await ReadAsync(registry, delta.Digest), await ReadAsync(registry, PublishedDelta.Of(other)[0].Digest));
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        foreach ((string fault, string reason) in _faults)
        {
            string repository = "delta-" + fault.Replace(' ', '-'), reference = $"{registry.Address}/{repository}:2";
            Versions.Copy(Registry, registry, repository, versions.Old, versions.New);
            Publish(registry, repository, artifact, delta, Spoil(fault, sound, others, versions.New.Layers[1].DiffId), isThere: fault != "listed and not there");
            registry.Fault = request => fault == "flipped on the way" && request.Path.EndsWith(delta.Digest, StringComparison.Ordinal) ? new TestFault { IsWrong = true } : null;
            await cli.SayAsync("pull", "-q", $"{registry.Address}/{repository}:1");

            await FallsBackAsync(device, versions.New, reference, reason);

            Assert.Equal(1, Requests(registry, $"/v2/{repository}/blobs/{versions.New.Layers[1].Digest}"));
            await cli.SayAsync("rmi", reference);
        }
    }

    private static int Requests(TestRegistry registry, string path) => registry.Requests.Count(request => request is { Method: "GET" } && request.Path == path);

    private static async Task<byte[]> ReadAsync(TestRegistry registry, string digest)
    {
        await using Stream blob = registry.Store.OpenBlob(digest);
        using MemoryStream bytes = new();
        await blob.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    /// <param name="others">A delta of the same base that makes another layer.</param>
    private static byte[] Spoil(string fault, byte[] sound, byte[] others, string wanted)
    {
        byte[] bad = [.. sound];
        switch (fault)
        {
            case "flipped before it was published":
                bad[bad.Length / 2] ^= 1;
                return bad;
            case "cut before it was published":
                return bad[..^100];
            case "of nothing":
                Array.Fill(bad, (byte)'x');
                return bad;
            case "for another layer":
                return others;
            case "makes another layer":
                return Claiming(others, wanted);
            case "of a later version":
                bad[8]++;
                return bad;
            default:
                return bad;
        }
    }

    /// <summary>With another diffID in its header, and the header's checksum: docs/formats/delta.md.</summary>
    private static byte[] Claiming(byte[] delta, string diffId)
    {
        byte[] bad = [.. delta];
        int length = BinaryPrimitives.ReadInt32LittleEndian(bad.AsSpan(12));
        Convert.FromHexString(diffId["sha256:".Length..]).CopyTo(bad, 16);
        BinaryPrimitives.WriteUInt64LittleEndian(bad.AsSpan(length - 8), XxHash3.HashToUInt64(bad.AsSpan(0, length - 8)));
        return bad;
    }

    private static void Publish(TestRegistry registry, string repository, byte[] artifact, PublishedDelta delta, byte[] bytes, bool isThere)
    {
        registry.Store.PutBlob(repository, "{}"u8.ToArray());
        string digest = isThere ? registry.Store.PutBlob(repository, bytes) : LayerTar.DigestOf("nowhere"u8.ToArray());
        string text = Encoding.UTF8.GetString(artifact).Replace(delta.Digest, digest, StringComparison.Ordinal)
            .Replace($"\"size\":{delta.Size}", $"\"size\":{bytes.Length}", StringComparison.Ordinal);
        registry.Store.PutManifest(repository, null, ManifestType, Encoding.UTF8.GetBytes(text));
    }

    private static async Task FallsBackAsync(Engine device, TestImage image, string reference, string reason)
    {
        DockerCli cli = new(DockerCli.Newest, device);
        string since = Events.Now();
        int before = await CountAsync(device, reason);

        CommandResult pull = (await cli.RunAsync("pull", reference)).Succeeds();

        Assert.Contains($"{TestImage.Short(image.Layers[1])}: Delta not used ({reason}): the layer comes in full", pull.Lines);
        await Versions.AreWholeAsync(cli, reference, image);
        JsonElement told = Assert.Single(await Events.PastAsync(cli, since, "event=delta-fallback"));
        JsonElement attributes = told.GetProperty("Actor").GetProperty("Attributes");
        Assert.Equal((image.Layers[1].DiffId, reason), (attributes.GetProperty("layer").GetString()!, attributes.GetProperty("reason").GetString()!));
        Assert.Equal(before + 1, await CountAsync(device, reason));
        Assert.Contains($"layer {image.Layers[1].DiffId} of {reference}: delta ", await File.ReadAllTextAsync(device.LogPath), StringComparison.Ordinal);
        Assert.Contains($"is not used ({reason})", await File.ReadAllTextAsync(device.LogPath), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(device.DataRoot, "staging")));
    }

    private static async Task<int> CountAsync(Engine device, string reason)
    {
        string start = $"coracle_delta_fallbacks_total{{reason=\"{reason}\"}} ";
        string line = (await device.Api.GetAsync("/metrics")).Has(200).Body.Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
        return int.Parse(line[start.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task An_engine_that_takes_deltas_only_says_what_is_wrong_and_keeps_nothing()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-strict", 55, Length, Changed);
        await using BuildServer publisher = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        byte[] artifact = await File.ReadAllBytesAsync(Registry.BlobFile(await publisher.PublishAsync(versions.New.Reference, versions.Old.Reference)));
        string file = ImageFiles.NewPath(publisher.Engine, "old.tar");
        await new DockerCli(DockerCli.Newest, publisher.Engine).SayAsync("save", "-o", file, versions.Old.Reference);
        await using Engine device = await Engine.StartAsync(new EngineSetting("", "--delta", "only"));
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("load", "-q", "-i", file);
        await using (Damage.Cut(Registry.BlobFile(PublishedDelta.Of(artifact)[0].Digest)))
        {
            CommandResult pull = await cli.RunAsync("pull", versions.New.Reference);

            Assert.Contains($"the delta for layer {versions.New.Layers[1].DiffId} cannot be used (delta-damaged)", pull.Exits(1).Errors, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(device.DataRoot, "staging")));
        }

        await cli.SayAsync("pull", "-q", versions.New.Reference);
        await Versions.AreWholeAsync(cli, versions.New.Reference, versions.New);
    }
}
