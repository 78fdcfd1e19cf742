using Coracle.Core;
using Coracle.Oci;
using Coracle.Registry;
using Coracle.Tests.Registry;
using Coracle.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Images;

/// <summary>A registry, a store and everything about images between them.</summary>
internal sealed class ImageBench : IDisposable
{
    /// <param name="deltaDataRoot">Another engine's, where bases of deltas are looked up.</param>
    public ImageBench(DeltaMode deltas = DeltaMode.Auto, string? deltaDataRoot = null)
    {
        Events = new EventStream(TimeProvider.System);
        Catalog = new ImageCatalog(Disk.Store);
        RegistryOptions registries = RegistryOptions.Default with { RetryDelay = TimeSpan.Zero };
        Parts = new ImageParts(
            Catalog, () => Users, registries, _ => null, Events, TimeProvider.System, NullLogger.Instance, deltas, deltaDataRoot: deltaDataRoot);
    }

    public FakeRegistry Registry { get; } = new();

    public TemporaryStore Disk { get; } = new();

    public EventStream Events { get; }

    public ImageCatalog Catalog { get; }

    public ImageParts Parts { get; }

    public List<ImageUser> Users { get; } = [];

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public string Name(string name) => $"{Registry.Authority}/{name}";

    /// <returns>The lines it said.</returns>
    public async Task<List<ProgressLine>> PullAsync(string name, CancellationToken cancellationToken = default)
    {
        ProgressLines lines = new();
        try
        {
            await Parts.Pull.RunAsync(Request(name), lines, cancellationToken == default ? Cancel : cancellationToken);
        }
        finally
        {
            lines.End();
        }

        return await AllAsync(lines);
    }

    public PullRequest Request(string name) => new(ImageReference.Parse(Name(name)), null, null);

    public static async Task<List<ProgressLine>> AllAsync(ProgressLines lines)
    {
        List<ProgressLine> all = [];
        while (await lines.NextAsync(Cancel) is { } batch)
        {
            all.AddRange(batch);
        }

        return all;
    }

    public async Task<string> RefusedAsync(string name)
    {
        EngineException error = await Assert.ThrowsAsync<EngineException>(() => PullAsync(name));
        AssertNothingHalfMade();
        return error.Message;
    }

    /// <summary>No image, no name, nothing staged.</summary>
    public void AssertNothingHalfMade()
    {
        Assert.Empty(Disk.Store.Images.List());
        Assert.Empty(Disk.Store.Images.Names);
        Assert.Empty(Disk.Staged());
        Assert.Empty(Disk.Store.Blobs.List());
    }

    public IReadOnlyList<string> EventNames() => [.. Events.Subscribe().Past.Select(happened => $"{happened.Action} {happened.ActorId}")];

    public void Dispose()
    {
        Parts.Dispose();
        Registry.Dispose();
        Disk.Dispose();
    }
}
