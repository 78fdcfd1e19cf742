using System.Buffers;
using System.Text.Json;
using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>What becomes of a tar that is imported.</summary>
/// <param name="Name">Null leaves the image without a name.</param>
/// <param name="Changes">Dockerfile instructions for the config.</param>
public sealed record ImportRequest(ImageReference? Name, string Message, IReadOnlyList<string> Changes, Platform Platform);

/// <summary>Makes an image of one layer from a tar of a root file system, compressed or not, unpacked as it arrives.</summary>
public sealed class ImageImport(ImageCatalog images, ImageTagging tagging, EventStream events, TimeProvider time, ILogger logger)
{
    /// <param name="body">The tar, read to its end.</param>
    /// <returns>The image's id.</returns>
    /// <exception cref="EngineException">In Docker's words.</exception>
    public async Task<Digest> RunAsync(Stream body, ImportRequest request, CancellationToken cancellationToken)
    {
        RunDefaults run = ConfigChanges.Apply(new RunDefaults(), request.Changes);   // before a byte is read
        try
        {
            using StagedLayer layer = await BodyFeed.RunAsync(body, Unpack, cancellationToken);
            return await Task.Run(() => Record(layer, request, run), CancellationToken.None);
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

    private StagedLayer Unpack(Stream tar, CancellationToken cancellationToken)
        => images.Store.Layers.Apply(tar, LayerCompression.Detect, expected: null, tarBytes: null, cancellationToken);

    private Digest Record(StagedLayer layer, ImportRequest request, RunDefaults run)
    {
        byte[] config = Config(layer.DiffId, request, run);
        Digest id = Digest.Of(config);
        images.Store.Layers.Commit([layer]);
        lock (images.Changing)
        {
            images.Store.Images.Put(new ImageRecord(id, [layer.DiffId], []), config);
            ImageEvents.Publish(events, "import", id.ToString(), request.Name?.Familiar ?? "", run.Labels);
            if (request.Name is not null)
            {
                tagging.Name(id, request.Name);
            }
        }

        Log.ImageImported(logger, id, request.Name?.Familiar ?? "");
        return id;
    }

    private byte[] Config(DiffId layer, ImportRequest request, RunDefaults run)
    {
        DateTimeOffset now = time.GetUtcNow();
        ImageConfig config = new()
        {
            Platform = request.Platform,
            Os = request.Platform.Os,
            Architecture = request.Platform.Architecture,
            Variant = request.Platform.Variant,
            Created = now,
            Comment = request.Message,
            Run = run,
            Layers = [layer],
            History = [new HistoryEntry(now, "", "", request.Message, EmptyLayer: false)],
        };
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            config.WriteTo(json);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
