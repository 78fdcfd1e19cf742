using Coracle.Dns;
using Coracle.Registry;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>Everything about images, put together: what the composition root makes once.</summary>
public sealed class ImageParts : IDisposable
{
    private readonly ImageUsers _users;

    /// <param name="catalog">Made before the containers, which need it.</param>
    /// <param name="users">The containers' answer to who uses an image.</param>
    /// <param name="deltaDataRoot">Another engine's data root, where bases of deltas are looked up as well; null for none.</param>
    /// <param name="readHostFile">Content of <c>/etc/hosts</c> and <c>/etc/resolv.conf</c>, or null where there is none.</param>
    public ImageParts(
        ImageCatalog catalog, ImageUsers users, RegistryOptions registries, Func<string, byte[]?> readHostFile, EventStream events,
        TimeProvider time, ILogger logger, DeltaMode deltas = DeltaMode.Auto, int maxConcurrentDownloads = ImagePull.DefaultConcurrentDownloads,
        string? deltaDataRoot = null)
    {
        SocketTransport transport = new(new StubResolver(readHostFile, time), registries, time);
        Catalog = catalog;
        RegistryClient client = new(transport, registries, time);
        Logins = new RegistryLogins(client);
        AbsentDeltas absent = new(time);
        Pull = new ImagePull(client, catalog, Deltas, absent, events, time, logger, deltas, maxConcurrentDownloads, deltaDataRoot);
        Tagging = new ImageTagging(catalog, events, time);
        Import = new ImageImport(catalog, Tagging, events, time, logger);
        Save = new ImageSave(catalog, events);
        Load = new ImageLoad(catalog, users, events, time, logger, deltaDataRoot);
        BalenaDelta = new BalenaDelta(catalog, Tagging, time, logger);
        Queries = new ImageQueries(catalog, users, time);
        Delete = new ImageDelete(catalog, users, events, logger);
        Prune = new ImagePrune(catalog, Delete, users, events, time, logger);
        Distribution = new DistributionQuery(client);
        DeltaCreation = new DeltaCreation(catalog, logger);
        DeltaPush = new DeltaPush(client, catalog, DeltaCreation, absent, time, logger);
        DeltaInspection = new DeltaInspection(catalog);
        _users = users;
    }

    public ImageCatalog Catalog { get; }

    /// <summary>What deltas did so far.</summary>
    public DeltaCounters Deltas { get; } = new();

    public RegistryLogins Logins { get; }

    public ImagePull Pull { get; }

    public ImageImport Import { get; }

    public ImageSave Save { get; }

    public ImageLoad Load { get; }

    public BalenaDelta BalenaDelta { get; }

    public ImageTagging Tagging { get; }

    public ImageQueries Queries { get; }

    public ImageDelete Delete { get; }

    public ImagePrune Prune { get; }

    public DistributionQuery Distribution { get; }

    public DeltaCreation DeltaCreation { get; }

    public DeltaPush DeltaPush { get; }

    public DeltaInspection DeltaInspection { get; }

    /// <summary>Start-up, once the containers are known: layers that nothing refers to are removed.</summary>
    public void Recover() => Catalog.RecoverLayers(_users);

    public void Dispose()
    {
        Pull.Dispose();
        DeltaCreation.Dispose();
    }
}
