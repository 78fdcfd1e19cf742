using System.Globalization;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>What a prune did.</summary>
/// <param name="Bytes">Of the layers that are gone, and of what interrupted pulls had left.</param>
public sealed record PruneResult(IReadOnlyList<ImageDeletion> Deleted, long Bytes);

/// <summary><c>docker image prune</c>: images that nobody names, or (<c>-a</c>) that no container was made from.</summary>
/// <remarks>
/// As moby's ImagesPrune, but that an image which a container uses keeps all its names: moby takes all but one of them away first.
/// </remarks>
public sealed class ImagePrune(ImageCatalog images, ImageDelete deletion, ImageUsers users, EventStream events, TimeProvider time, ILogger logger)
{
    private static readonly string[] _filterNames = ["dangling", "label", "label!", "until"];

    private int _running;

    /// <summary>The names that <c>POST /images/prune</c> knows.</summary>
    public static ReadOnlySpan<string> FilterNames => _filterNames;

    /// <exception cref="EngineException">400 for a filter's value, 409 while another prune runs.</exception>
    public PruneResult Run(Filters filters)
    {
        bool danglingOnly = filters.Flag("dangling") ?? true;
        DateTimeOffset? until = ReadUntil(filters);
        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            throw new EngineException(Refusal.Conflict, "a prune operation is already running");
        }

        try
        {
            PruneResult result = Prune(image => Admits(image, filters, danglingOnly, until));
            result = filters.Has("label") || filters.Has("label!") || until is not null ? result : result with { Bytes = result.Bytes + DropLeftovers() };
            string bytes = result.Bytes.ToString(CultureInfo.InvariantCulture);
            events.Publish("image", "prune", "", new Dictionary<string, string> { ["reclaimed"] = bytes });
            Log.ImagesPruned(logger, result.Deleted.Count, result.Bytes);
            return result;
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private PruneResult Prune(Func<ImageDetails, bool> admits)
    {
        List<ImageDeletion> done = [];
        long bytes = 0;
        foreach (ImageRecord record in images.Store.Images.List())
        {
            lock (images.Changing)
            {
                // Looked at again under the lock: somebody may have named it, used it or removed it since.
                if (images.Find(record.Id) is { } image && admits(image) && !users().Any(user => user.ImageId == record.Id))
                {
                    bytes += deletion.Remove(record, done);
                }
            }
        }

        return new PruneResult(done, bytes);
    }

    /// <summary>What interrupted pulls left to be gone on with is of no image, so only a prune that asks for no special ones takes it.</summary>
    private long DropLeftovers()
    {
        long before = images.Store.Layers.ResumableBytes();
        images.Store.Layers.DropResumable();
        return before - images.Store.Layers.ResumableBytes();
    }

    private bool Admits(ImageDetails image, Filters filters, bool danglingOnly, DateTimeOffset? until)
        => (!danglingOnly || images.NamesOf(image.Id).All(name => name.Tag is null))
            && (until is null || image.Config.Created <= until)
            && filters.LabelsMatch("label", image.Config.Run.Labels)
            && !(filters.Has("label!") && filters.LabelsMatch("label!", image.Config.Run.Labels));

    private DateTimeOffset? ReadUntil(Filters filters) => filters.Of("until") switch
    {
        [] => null,
        [string text] => ImageFilter.ParseTime(text, time.GetUtcNow()),
        _ => throw new EngineException(Refusal.InvalidArgument, "more than one until filter specified"),
    };
}
