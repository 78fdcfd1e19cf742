using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>What can be asked about images. Reads only.</summary>
public sealed class ImageQueries(ImageCatalog images, ImageUsers users, TimeProvider time)
{
    private static readonly string[] _filterNames = ["dangling", "label", "before", "since", "until", "reference"];

    /// <summary>The names that <c>GET /images/json</c> knows.</summary>
    public static ReadOnlySpan<string> FilterNames => _filterNames;

    public int Count => images.Store.Images.List().Count;

    /// <summary>The newest first.</summary>
    /// <exception cref="EngineException">400 for a filter's value, 404 for an image that a filter names.</exception>
    public IReadOnlyList<ImageSummary> List(Filters filters)
    {
        ImageFilter filter = new(filters, images, time);
        Dictionary<Digest, int> containers = users().GroupBy(user => user.ImageId).ToDictionary(group => group.Key, group => group.Count());
        HashSet<DiffId> shared = Shared();
        List<ImageSummary> found = [];
        foreach (ImageRecord record in images.Store.Images.List())
        {
            // Gone in the meantime, or unreadable: a list shows what there is.
            if (images.Find(record.Id) is { } image && filter.Admits(image, images.NamesOf(record.Id)) is { } names)
            {
                found.Add(new ImageSummary(image, names, SizeOf(image.Layers), SizeOf(image.Layers.Where(shared.Contains)), containers.GetValueOrDefault(record.Id)));
            }
        }

        return [.. found.OrderByDescending(summary => summary.Image.Config.Created)];
    }

    /// <summary>Bytes of the files of all layers that are here, each once, and of what interrupted pulls have left.</summary>
    public long LayersSize => images.Store.Layers.List().Sum(SizeOf) + images.Store.Layers.ResumableBytes();

    /// <param name="platform">Null whatever platform it is for.</param>
    /// <exception cref="EngineException">404 <c>No such image: x</c>, or one that is for another platform.</exception>
    public ImageInspection Inspect(string nameOrId, Platform? platform = null)
    {
        ImageRecord record = images.FindRecord(nameOrId);
        ImageDetails image = images.Details(record);
        PlatformChoice.Require(image, nameOrId, platform);
        return new ImageInspection(image, images.NamesOf(image.Id), SizeOf(image.Layers), record.LastTaggedAt);
    }

    /// <inheritdoc cref="Inspect"/>
    public IReadOnlyList<ImageHistoryStep> History(string nameOrId, Platform? platform = null)
    {
        ImageDetails image = images.Resolve(nameOrId);
        PlatformChoice.Require(image, nameOrId, platform);
        List<ImageHistoryStep> steps = [];
        int layer = 0;
        foreach (HistoryEntry entry in image.Config.History)
        {
            bool hasLayer = !entry.EmptyLayer && layer < image.Layers.Count;
            steps.Insert(0, new ImageHistoryStep(entry, null, [], hasLayer ? SizeOf(image.Layers[layer++]) : 0));
        }

        if (steps.Count > 0)
        {
            string[] tags = [.. images.NamesOf(image.Id).Where(name => name.Digest is null).Select(name => name.Familiar)];
            steps[0] = steps[0] with { Id = image.Id, Tags = tags };
        }

        return steps;
    }

    /// <summary>The layers of more than one image.</summary>
    private HashSet<DiffId> Shared()
    {
        HashSet<DiffId> seen = [], shared = [];
        foreach (DiffId layer in images.Store.Images.List().SelectMany(image => image.Layers.Distinct()))
        {
            if (!seen.Add(layer))
            {
                shared.Add(layer);
            }
        }

        return shared;
    }

    private long SizeOf(IEnumerable<DiffId> layers) => layers.Sum(SizeOf);

    private long SizeOf(DiffId layer) => images.Store.Layers.Find(layer)?.Size ?? 0;
}
