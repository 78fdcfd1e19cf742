using System.Formats.Tar;
using System.Text;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Images;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Core.Images.Deltas;

public sealed class DeltaArchiveTests
{
    [Fact]
    public async Task What_is_created_loads_where_the_old_image_is_and_is_the_image_that_a_pull_gives()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync(further: "quite new");
        byte[] archive = await verbs.ExportAsync();
        using ImageBench device = await DeviceAsync(verbs);

        List<string> said = await DeltaVerbBench.LoadAsync(device, archive);

        Assert.Equal([$"Loaded image: {verbs.NewName}\n"], said);
        Assert.Equal(verbs.New.Image.Id, device.Catalog.Resolve(verbs.NewName).Id);
        Assert.Equal(verbs.New.Image.Id, device.Catalog.Resolve($"{verbs.Bench.Name("app")}@{verbs.New.Image.Manifest}").Id);
        Assert.Equal([verbs.New.Image.Manifest], device.Disk.Store.Images.Find(verbs.New.Image.Id)!.Manifests);
        Assert.All(verbs.New.DiffIds, layer => Assert.Empty(device.Disk.Store.Layers.Verify(layer, deep: true).Problems));
        Assert.Empty(device.Disk.Staged());
    }

    [Fact]
    public async Task The_same_images_give_the_same_bytes_and_leave_nothing_in_staging()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync(further: "quite new");

        Assert.Equal(await verbs.ExportAsync(), await verbs.ExportAsync());
        Assert.Empty(verbs.Bench.Disk.Staged());
    }

    [Fact]
    public async Task A_device_without_the_old_image_is_told_what_is_missing_and_keeps_nothing()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync(further: "quite new");
        byte[] archive = await verbs.ExportAsync();
        using ImageBench device = new();

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => DeltaVerbBench.LoadAsync(device, archive));

        Assert.Equal(
            $"layer {verbs.Old.DiffIds[1]} is not here, and a delta in the archive needs it: pull or load the image that the delta was made from first", error.Message);
        device.AssertNothingHalfMade();
        Assert.Empty(device.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task A_shared_layer_that_is_not_there_is_named_as_well()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        byte[] archive = await verbs.ExportAsync();
        using ImageBench device = new();
        FakeImage.Add(device.Registry, "other", "v1", [DeltaVerbBench.OldContents[1]]);
        await device.PullAsync("other:v1");

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => DeltaVerbBench.LoadAsync(device, archive));

        Assert.Equal(
            $"layer {verbs.New.DiffIds[0]} is neither here nor in the archive: pull or load the image that the delta was made from first", error.Message);
        Assert.Equal([verbs.Old.DiffIds[1]], device.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task Loaded_twice_it_is_there_once()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        byte[] archive = await verbs.ExportAsync();
        using ImageBench device = await DeviceAsync(verbs);
        await DeltaVerbBench.LoadAsync(device, archive);

        await DeltaVerbBench.LoadAsync(device, archive);

        Assert.Equal(3, device.Disk.Store.Layers.List().Count);
        Assert.Single(device.Disk.Store.Images.Find(verbs.New.Image.Id)!.Manifests);
    }

    [Fact]
    public async Task An_archive_cut_off_anywhere_loads_nothing()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        byte[] archive = await verbs.ExportAsync();
        using ImageBench device = await DeviceAsync(verbs);
        for (int length = 0; length < archive.Length - 1024; length += 487)
        {
            await Assert.ThrowsAsync<EngineException>(() => DeltaVerbBench.LoadAsync(device, archive[..length]));
            Assert.Single(device.Disk.Store.Images.List());
            Assert.Equal(2, device.Disk.Store.Layers.List().Count);
            Assert.Empty(device.Disk.Staged());
        }
    }

    [Fact]
    public async Task A_flipped_bit_never_becomes_an_image()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        byte[] archive = await verbs.ExportAsync();
        int start = archive.AsSpan().IndexOf("CORACLDL"u8);
        using ImageBench device = await DeviceAsync(verbs);
        for (int i = start; i < archive.Length - 1024 && archive.AsSpan(i).ContainsAnyExcept((byte)0); i += 11)
        {
            archive[i] ^= 4;
            await Assert.ThrowsAsync<EngineException>(() => DeltaVerbBench.LoadAsync(device, archive));
            Assert.Single(device.Disk.Store.Images.List());
            Assert.Empty(device.Disk.Staged());
            archive[i] ^= 4;
        }
    }

    /// <summary>Sound in itself, but not what its header says.</summary>
    [Fact]
    public async Task A_delta_that_makes_another_layer_is_refused_for_that()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        byte[] archive = WithDelta(await verbs.ExportAsync(), HandmadeDelta.Copy(verbs.Old.Tars[1], verbs.Old.DiffIds[1], verbs.New.DiffIds[1]));
        using ImageBench device = await DeviceAsync(verbs);

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => DeltaVerbBench.LoadAsync(device, archive));

        Assert.Contains("its uncompressed content is", error.Message, StringComparison.Ordinal);
        Assert.Single(device.Disk.Store.Images.List());
        Assert.Empty(device.Disk.Staged());
    }

    /// <summary>The archive with another delta, under its right digest and size everywhere.</summary>
    private static byte[] WithDelta(byte[] archive, byte[] delta)
    {
        List<(string Name, byte[] Content)> files = [];
        using TarReader reader = new(new MemoryStream(archive));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            files.Add((entry.Name, content.ToArray()));
        }

        byte[] old = files.Single(file => file.Content.AsSpan().StartsWith("CORACLDL"u8)).Content;
        byte[] artifact = files.Single(file => file.Name.StartsWith("blobs/", StringComparison.Ordinal) && Names(file.Content, old)).Content;
        byte[] changed = Replace(artifact, old, delta);
        TestTar tar = new();
        foreach ((string name, byte[] content) in files)
        {
            byte[] now = content == old ? delta : content == artifact ? changed : Replace(content, artifact, changed);
            tar.File(name.StartsWith("blobs/", StringComparison.Ordinal) ? TestArchive.Blob(now) : name, now);
        }

        return tar.ToArray();
    }

    private static bool Names(byte[] document, byte[] blob) => Encoding.Latin1.GetString(document).Contains(Digest.Of(blob).ToString(), StringComparison.Ordinal);

    private static byte[] Replace(byte[] document, byte[] old, byte[] now) => !Names(document, old) ? document : Encoding.UTF8.GetBytes(
        Encoding.UTF8.GetString(document).Replace(Digest.Of(old).ToString(), Digest.Of(now).ToString(), StringComparison.Ordinal)
            .Replace($"\"size\":{old.Length}", $"\"size\":{now.Length}", StringComparison.Ordinal));

    [Fact]
    public async Task An_image_that_is_not_here_or_too_little_memory_is_refused_before_any_work()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();

        EngineException missing = await Assert.ThrowsAsync<EngineException>(() => verbs.ExportAsync(verbs.NewName, "nobody"));
        EngineException little = await Assert.ThrowsAsync<EngineException>(() => DeltaExport.MakeAsync(
            verbs.Bench.Parts.DeltaCreation, verbs.Bench.Catalog, new DeltaRequest([verbs.OldName], verbs.NewName, 1), DeltaVerbBench.Cancel));

        Assert.Equal((Refusal.NotFound, "No such image: nobody:latest"), (missing.Refusal, missing.Message));
        Assert.Equal(Refusal.InvalidArgument, little.Refusal);
    }

    [Fact]
    public async Task An_inspection_says_what_is_copied_and_what_is_patched()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync(further: "quite new");
        byte[] archive = await verbs.ExportAsync();

        InspectedDelta seen = await verbs.Bench.Parts.DeltaInspection.RunAsync(new MemoryStream(archive), DeltaVerbBench.Cancel);

        Assert.Equal((verbs.NewName, verbs.New.Image.Id, verbs.New.Image.Manifest, 3), (seen.Name, seen.Id, seen.Manifest, seen.LayerCount));
        Assert.Equal([(verbs.New.DiffIds[1], true), (verbs.New.DiffIds[2], false)], seen.Layers.Select(layer => (layer.Target, layer.IsDelta)));
        InspectedLayer delta = seen.Layers[0];
        Assert.Equal((null, 1, verbs.New.Tars[1].Length, verbs.New.Image.Layers[1].Size), (delta.Problem, delta.Segments, delta.TarLength, delta.FullSize));
        Assert.InRange(delta.Blob.Size, 1, 400);   // one byte of 20,000 is another
        Assert.Equal((verbs.Old.DiffIds[1], true), (delta.Bases[0].Layer, delta.Bases[0].IsHere));
        DirectoryTally row = Assert.Single(delta.Directories!);
        Assert.Equal(("", 1, 0, 0, 0), (row.Path, row.Files(PathFate.Patched), row.Files(PathFate.Copied), row.Files(PathFate.New), row.Files(PathFate.Removed)));
    }

    [Fact]
    public async Task Without_the_bases_an_inspection_still_reads_the_header()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        byte[] archive = await verbs.ExportAsync();
        using ImageBench device = new();

        InspectedLayer delta = (await device.Parts.DeltaInspection.RunAsync(new MemoryStream(archive), DeltaVerbBench.Cancel)).Layers[0];

        Assert.Equal((1, null, false, (string?)null), (delta.Segments, delta.Directories, delta.Bases[0].IsHere, delta.Problem));
    }

    /// <summary>Another engine, which has the old image.</summary>
    private static async Task<ImageBench> DeviceAsync(DeltaVerbBench verbs)
    {
        ImageBench device = new();
        PublishedImage.Add(device.Registry, "app", "v1", DeltaVerbBench.OldContents);
        await device.PullAsync("app:v1");
        return device;
    }
}
