using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>Deltas by hand: made on one engine, carried as a file, applied on another; published and pulled is <see cref="DeltaPullTests"/>.</summary>
[Trait("Engine", "coracle")] // dockerd knows none
public sealed partial class DeltaVerbTests(Stage stage) : EngineTest(stage)
{
    private const string Everything = "{{.Id}} {{json .RepoDigests}} {{json .RootFS.Layers}}";

    private const int Length = 2_000_000;
    private const int Changed = 20_000;

    private static async Task<string> CreateAsync(BuildServer builder, Versions versions)
    {
        string file = ImageFiles.NewPath(builder.Engine, "delta.tar");
        (await BuildServer.RunAsync(builder.Engine, "delta", "create", versions.Old.Reference, versions.New.Reference, "-o", file)).Succeeds();
        Assert.InRange(new FileInfo(file).Length, Changed, Changed + 25_000); // the documents, in blocks of a tar
        return file;
    }

    [Fact]
    public async Task A_file_takes_a_device_from_one_version_to_the_next_without_a_network()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-file", 71, Length, Changed);
        await using BuildServer builder = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        string file = await CreateAsync(builder, versions), again = await CreateAsync(builder, versions);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(again));
        await using Engine device = await Engine.StartAsync();
        DockerCli there = new(DockerCli.Newest, device);
        CommandResult early = (await BuildServer.RunAsync(device, "delta", "apply", file)).Exits(1);
        Assert.Contains($"layer {versions.Old.Layers[1].DiffId} is not here", early.Errors, StringComparison.Ordinal);
        await there.SayAsync("pull", "-q", versions.Old.Reference);

        CommandResult applied = (await BuildServer.RunAsync(device, "delta", "apply", file)).Succeeds();

        Assert.Contains($"Loaded image: {versions.New.Reference}", applied.Lines);
        Assert.Equal(
            await new DockerCli(DockerCli.Newest, builder.Engine).SayAsync("inspect", "--format", Everything, versions.New.Reference),
            await there.SayAsync("inspect", "--format", Everything, versions.New.Reference));
        Assert.Equal(
            LayerTar.DigestOf(versions.Bytes)["sha256:".Length..] + "  /data/app",
            await there.SayAsync("run", "--rm", "--network", "none", versions.New.Reference, "sha256sum", "/data/app"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(device.DataRoot, "staging")));
    }

    [Fact]
    public async Task Docker_load_takes_the_file_as_well()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-load", 81, Length, Changed);
        await using BuildServer builder = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        string file = await CreateAsync(builder, versions);
        DockerCli cli = new(DockerCli.Newest, builder.Engine);
        string before = await cli.SayAsync("inspect", "--format", Everything, versions.New.Reference);
        await cli.SayAsync("rmi", versions.New.Reference);

        await cli.SayAsync("load", "-i", file);

        Assert.Equal(before, await cli.SayAsync("inspect", "--format", Everything, versions.New.Reference));
    }

    [Fact]
    public async Task A_look_at_a_file_says_what_it_needs_and_what_it_does()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-look", 82, Length, Changed);
        await using BuildServer builder = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        string file = await CreateAsync(builder, versions), page = Path.ChangeExtension(file, "html");

        CommandResult json = (await BuildServer.RunAsync(builder.Engine, "delta", "inspect", "--format", "json", file)).Succeeds();
        CommandResult table = (await BuildServer.RunAsync(builder.Engine, "delta", "inspect", file)).Succeeds();
        (await BuildServer.RunAsync(builder.Engine, "delta", "inspect", "--html", page, file)).Succeeds();

        using JsonDocument seen = JsonDocument.Parse(json.Output);
        Assert.Equal((versions.New.Id, versions.New.Reference), (seen.RootElement.GetProperty("Id").GetString()!, seen.RootElement.GetProperty("Name").GetString()!));
        JsonElement layer = Assert.Single(seen.RootElement.GetProperty("Layers").EnumerateArray());
        Assert.Equal((versions.New.Layers[1].DiffId, true), (layer.GetProperty("Target").GetString()!, layer.GetProperty("IsDelta").GetBoolean()));
        JsonElement needed = Assert.Single(layer.GetProperty("Bases").EnumerateArray());
        Assert.Equal((versions.Old.Layers[1].DiffId, true), (needed.GetProperty("Layer").GetString()!, needed.GetProperty("IsHere").GetBoolean()));
        JsonElement directory = Assert.Single(layer.GetProperty("Directories").EnumerateArray());
        Assert.Equal(("data", 1), (directory.GetProperty("Path").GetString()!, directory.GetProperty("Patched").GetProperty("Files").GetInt32()));
        Assert.Contains($"  needs {versions.Old.Layers[1].DiffId}", table.Output, StringComparison.Ordinal);
        Assert.Contains(table.Lines, line => Patched().IsMatch(line));
        string html = await File.ReadAllTextAsync(page);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.Contains(versions.New.Layers[1].DiffId, html, StringComparison.Ordinal);
        Assert.DoesNotMatch(Elsewhere(), html);
    }

    [GeneratedRegex(@"^  /data +- +2MB in 1 +- +- *$")]
    private static partial Regex Patched();

    /// <summary>Whatever a page could fetch or run.</summary>
    [GeneratedRegex(@"https?://|//[a-z]|<(script|link|img|iframe|object|embed|base)\b|@import|url\(|\s(src|href|on[a-z]+)\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();

    [Fact]
    public async Task What_does_not_differ_is_not_published()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-none", 91, 100_000, 1_000);
        await using BuildServer builder = await BuildServer.StartAsync(versions.Old.Reference);

        CommandResult push = (await BuildServer.RunAsync(builder.Engine, "delta", "push", versions.Old.Reference, "--from", versions.Old.Reference)).Succeeds();

        Assert.Contains("nothing published: the old images have all layers of the new one", push.Lines);
    }

    /// <summary>Each is refused in words; nothing of it stays, and the sound archive loads afterwards.</summary>
    [Fact]
    public async Task An_archive_that_was_tampered_with_loads_nothing()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-hostile", 92, 400_000, 4_000);
        await using BuildServer builder = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        string file = ImageFiles.NewPath(builder.Engine, "delta.tar");
        (await BuildServer.RunAsync(builder.Engine, "delta", "create", versions.Old.Reference, versions.New.Reference, "-o", file)).Succeeds();
        Dictionary<string, byte[]> sound = ImageFiles.Read(file);
        DockerCli cli = new(DockerCli.Newest, builder.Engine);
        await cli.SayAsync("rmi", versions.New.Reference);
        string layers = Path.Combine(builder.Engine.DataRoot, "layers"), staging = Path.Combine(builder.Engine.DataRoot, "staging");
        string[] before = Directory.GetDirectories(layers);
        foreach ((string what, byte[] archive) in Hostile(sound, await File.ReadAllBytesAsync(file), versions))
        {
            string bad = ImageFiles.NewPath(builder.Engine, "bad.tar");
            await File.WriteAllBytesAsync(bad, archive);

            CommandResult load = await cli.RunAsync("load", "-i", bad);

            Assert.True(load.ExitCode == 1 && load.Errors.Trim().Length > 0, $"{what}: {load}");
            Assert.True((await builder.Engine.Api.GetAsync($"/images/{versions.New.Reference}/json")).Status == 404, what);
            Assert.Equal(before.Order(), Directory.GetDirectories(layers).Order());
            Assert.Empty(Directory.GetFileSystemEntries(staging));
            Assert.False(File.Exists("/tmp/coracle-escaped"), what);
            CommandResult look = await BuildServer.RunAsync(builder.Engine, "delta", "inspect", bad);
            Assert.True(look.ExitCode == 1 || look.Output.Length > 0, $"{what}: {look}");
            File.Delete(bad);
        }

        await cli.SayAsync("load", "-i", file);
        await Versions.AreWholeAsync(cli, versions.New.Reference, versions.New);
    }

    private static IEnumerable<(string What, byte[] Archive)> Hostile(Dictionary<string, byte[]> sound, byte[] whole, Versions versions)
    {
        string delta = sound.Keys.Last();
        Assert.StartsWith("CORACLDL", Encoding.Latin1.GetString(sound[delta]), StringComparison.Ordinal);
        byte[] flipped = [.. sound[delta]];
        flipped[flipped.Length / 2] ^= 1;
        string digest = LayerTar.DigestOf(flipped);
        yield return ("cut inside the delta", whole[..^3000]);
        yield return ("cut inside its documents", whole[..2000]);
        yield return ("the delta's bytes changed", Tar(sound, (delta, flipped)));
        yield return ("the delta's bytes changed, and its name", Renamed(sound, delta, flipped, digest));
        yield return ("no delta", Tar(sound, (delta, null)));
        yield return ("a delta that is a text", Tar(sound, (delta, "CORACLDL"u8.ToArray())));
        yield return ("no config", Tar(sound, ("blobs/sha256/" + versions.New.Id["sha256:".Length..], null)));
        yield return ("another image's config", Tar(sound, ("blobs/sha256/" + versions.New.Id["sha256:".Length..], ImageFiles.Config(versions.Old.Layers[1].DiffId))));
        yield return ("an index that is no JSON", Tar(sound, ("index.json", "[{"u8.ToArray())));
        yield return ("an artifact that is not there", Tar(sound, (ArtifactOf(sound, delta), null)));
        yield return ("a file that leaves the archive", Tar(sound, (delta, null), ("../../../../tmp/coracle-escaped", "x"u8.ToArray())));
        yield return ("a delta twice, in vain", Tar(sound, (delta, flipped), (delta + "x", flipped)));
    }

    /// <summary>The archive with some files changed, left out (null) or added.</summary>
    private static byte[] Tar(Dictionary<string, byte[]> sound, params (string Name, byte[]? Content)[] changes)
    {
        Dictionary<string, byte[]> files = new(sound);
        foreach ((string name, byte[]? content) in changes)
        {
            files.Remove(name);
            if (content is not null)
            {
                files[name] = content;
            }
        }

        return ImageFiles.Tar([.. files.Select(file => (file.Key, file.Value))]);
    }

    private static string ArtifactOf(Dictionary<string, byte[]> sound, string delta)
        => sound.Single(file => Encoding.Latin1.GetString(file.Value).Contains("sha256:" + delta["blobs/sha256/".Length..], StringComparison.Ordinal)).Key;

    /// <summary>A delta that is another blob, under its right digest everywhere.</summary>
    private static byte[] Renamed(Dictionary<string, byte[]> sound, string delta, byte[] bytes, string digest)
    {
        string old = "sha256:" + delta["blobs/sha256/".Length..];
        string artifact = ArtifactOf(sound, delta);
        byte[] manifest = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(sound[artifact]).Replace(old, digest, StringComparison.Ordinal));
        string index = Encoding.UTF8.GetString(sound["index.json"])
            .Replace("sha256:" + artifact["blobs/sha256/".Length..], LayerTar.DigestOf(manifest), StringComparison.Ordinal);
        return Tar(
            sound, (delta, null), (artifact, null), ("index.json", Encoding.UTF8.GetBytes(index)),
            ("blobs/sha256/" + LayerTar.DigestOf(manifest)["sha256:".Length..], manifest), ("blobs/sha256/" + digest["sha256:".Length..], bytes));
    }
}
