using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>Makes deltas of balenaEngine's kind: images of which each layer says how to make one layer of the target out of the base.</summary>
/// <remarks>
/// Nothing is written but the layers of the delta themselves: what the base has is found once (a plan), and with the delta's length
/// known from it, the rest is read from the target a second time, straight into staging/. docs/formats/balena-delta.md.
/// </remarks>
public sealed class BalenaDelta(ImageCatalog images, ImageTagging tagging, TimeProvider time, ILogger logger)
{
    /// <summary>A tar without entries: what stands for a layer that both images have at the same place.</summary>
    private const int EmptyTarLength = 1024;

    /// <param name="tag">Names the result; empty leaves it without a name.</param>
    /// <exception cref="EngineException">In balenaEngine's words; before the first line where an image is not here.</exception>
    public async Task CreateAsync(string source, string target, string tag, ProgressLines lines, CancellationToken cancellationToken)
    {
        ImageReference? name = tag.Length == 0 ? null : ImageTagging.ParseName(tag, "");
        using ImageHold from = Hold(source), to = Hold(target);   // until the end: the names may be gone before
        try
        {
            byte[] config = images.Store.Blobs.Read(to.Image.Id);
            await Task.Factory.StartNew(
                () => Create(new Making(from.Image, to.Image, lines, cancellationToken), source, config, name),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception error) when (PullFailure.Translate(error) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
            BulkGarbage.GiveBack();
        }
    }

    private ImageHold Hold(string image)
    {
        try
        {
            return images.Hold(image);
        }
        catch (EngineException error) when (error.Refusal == Refusal.NotFound)
        {
            throw new EngineException(Refusal.NotFound, $"no such image: {image}: {error.Message}", error);
        }
    }

    private void Create(Making making, string source, byte[] targetConfig, ImageReference? name)
    {
        using BalenaBase deltaBase = new(making.From.Layers, images.Store.Layers.OpenSeekableTar, static () => { });
        using Stream baseBytes = deltaBase.OpenAll();
        long start = time.GetTimestamp();
        making.Lines.Add(new ProgressLine("Fingerprinting", source, IsStep: true));
        RsyncIndex index = RsyncIndex.Build(baseBytes, making.Stopped);
        making.Lines.Add(new ProgressLine(
            string.Create(CultureInfo.InvariantCulture, $"Fingerprint complete, took {time.GetElapsedTime(start).TotalSeconds:0.000}s"), source, IsStep: true));
        List<StagedLayer> layers = [];
        try
        {
            MakeLayers(making, index, baseBytes, layers);
            Record(making, layers, targetConfig, name);
        }
        finally
        {
            foreach (StagedLayer layer in layers)
            {
                layer.Dispose();
            }
        }
    }

    private void MakeLayers(Making making, RsyncIndex index, Stream baseBytes, List<StagedLayer> layers)
    {
        foreach (DiffId layer in making.To.Layers)
        {
            making.Say("Waiting", layer);
        }

        for (int i = 0; i < making.To.Layers.Count; i++)
        {
            DiffId layer = making.To.Layers[i];
            if (making.IsCommon(i))
            {
                using MemoryStream empty = new(new byte[EmptyTarLength]);
                layers.Add(Apply(empty, making));
                making.Say("Skipping common layer", layer);
                continue;
            }

            RsyncPlan plan = Plan(making, index, baseBytes, layer);
            using Stream target = images.Store.Layers.OpenSeekableTar(layer);   // what the base has is passed over unread
            using Stream delta = plan.Open(target);
            using DeltaTarStream tar = new(delta, plan.Length);
            layers.Add(Apply(tar, making));
            making.Count(images.Store.Layers.Find(layer)?.Size ?? 0, plan.Length);
            making.Say("Delta complete", layer);
        }
    }

    private RsyncPlan Plan(Making making, RsyncIndex index, Stream baseBytes, DiffId layer)
    {
        using Stream tar = images.Store.Layers.OpenTar(layer);
        using ArchiveBlobStream hashed = new(tar, making.Watch(layer, tar.Length, time));
        RsyncPlan plan = RsyncPlanner.Plan(index, baseBytes, hashed, making.Stopped);
        DiffId actual = new(hashed.GetDigest());
        // A delta of a damaged layer would make that damage everywhere.
        return actual == layer ? plan : throw ContentMismatchException.Layer(layer, actual);
    }

    private StagedLayer Apply(Stream tar, Making making)
        => images.Store.Layers.Apply(tar, LayerCompression.None, expected: null, tarBytes: null, making.Stopped);

    private void Record(Making making, List<StagedLayer> layers, byte[] targetConfig, ImageReference? name)
    {
        DiffId[] diffIds = new DiffId[layers.Count];
        for (int i = 0; i < diffIds.Length; i++)
        {
            diffIds[i] = layers[i].DiffId;
        }

        byte[] config = Config(making, diffIds, targetConfig);
        Digest id = Digest.Of(config);
        images.Store.Layers.Commit(layers);
        lock (images.Changing)
        {
            images.Store.Images.Put(new ImageRecord(id, diffIds, []), config);
            if (name is not null)
            {
                tagging.Name(id, name);
            }
        }

        Log.DeltaCreated(logger, id, making.From.Id, making.To.Id);
        making.Lines.Add(new ProgressLine(making.Summary()));
        making.Lines.Add(new ProgressLine($"Created delta: {id}"));
        if (name is not null)
        {
            making.Lines.Add(new ProgressLine($"Successfully tagged {name.Familiar}\n"));
        }
    }

    private byte[] Config(Making making, DiffId[] layers, byte[] targetConfig)
    {
        string text = Encoding.UTF8.GetString(targetConfig);
        if (Digest.Of(Encoding.UTF8.GetBytes(text)) != making.To.Id)
        {
            throw new EngineException(Refusal.Failed, $"the config of {making.To.Id} is not UTF-8, so no label can hold it");
        }

        Dictionary<string, string> labels = new(StringComparer.Ordinal) { [BalenaLabels.Base] = making.From.Id.ToString(), [BalenaLabels.Config] = text };
        ImageConfig config = new()
        {
            Platform = making.To.Config.Platform,
            Os = making.To.Config.Os,
            Architecture = making.To.Config.Architecture,
            Variant = making.To.Config.Variant,
            Created = time.GetUtcNow(),
            Run = new RunDefaults { Labels = labels },
            Layers = layers,
        };
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            config.WriteTo(json);
        }

        return buffer.WrittenCount <= ImageConfig.MaxBytes ? buffer.WrittenSpan.ToArray()
            : throw new EngineException(Refusal.Failed, $"the config of {making.To.Id} is too large for a label");
    }
}
