using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

/// <summary>
/// A repository that several pushers talk to at once, where the test decides whose request is done next. Each request is one step that
/// nothing comes in between, as a registry promises it; everything runs on one thread, so an order can be gone through again.
/// </summary>
internal sealed class ScheduledShelf
{
    private readonly Dictionary<string, byte[]> _manifests = [];
    private readonly SortedDictionary<int, Action> _waiting = [];

    /// <summary>Tags of their own are not listed: what a registry without the algorithm under test would amount to.</summary>
    public bool HidesTags { get; init; }

    /// <summary>Whose requests wait, in order.</summary>
    public IReadOnlyList<int> Waiting => [.. _waiting.Keys];

    public IManifestShelf For(int pusher) => new Side(this, pusher);

    /// <summary>Does the request of that pusher; it runs on until its next one.</summary>
    public void Do(int pusher)
    {
        _waiting.Remove(pusher, out Action? request);
        request!();
    }

    public byte[]? this[string tag] => _manifests.GetValueOrDefault(tag);

    private Task<T> Ask<T>(int pusher, Func<T> request)
    {
        // Without the flag that would send continuations elsewhere: they run here and now.
        TaskCompletionSource<T> answer = new();
        _waiting.Add(pusher, () => answer.SetResult(request()));
        return answer.Task;
    }

    private sealed class Side(ScheduledShelf shelf, int pusher) : IManifestShelf
    {
        public Task<FetchedManifest?> FindManifestAsync(string tagOrDigest, CancellationToken cancellationToken)
            => shelf.Ask(pusher, () => shelf[tagOrDigest] is { } bytes ? new FetchedManifest(Digest.Of(bytes), null, bytes) : null);

        public Task<bool> PutManifestAsync(string tagOrDigest, string mediaType, byte[] bytes, CancellationToken cancellationToken)
            => shelf.Ask(pusher, () =>
            {
                shelf._manifests[tagOrDigest] = bytes;
                return false;
            });

        public Task<IReadOnlyList<string>> GetTagsAsync(CancellationToken cancellationToken)
            => shelf.Ask<IReadOnlyList<string>>(pusher, () => shelf.HidesTags ? [] : [.. shelf._manifests.Keys.Order(StringComparer.Ordinal)]);
    }
}
