using System.Text;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class ReferrersTagTests
{
    private const int NobodyDies = -1;

    private static readonly Descriptor _subject = new(MediaTypes.OciManifest, Digest.Of("subject"u8), 7);

    [Fact]
    public void Two_pushes_lose_nothing_in_any_order_of_their_requests()
    {
        int orders = InEveryOrder(() => new ScheduledShelf(), NobodyDies, 0, shelf => Assert.Equal([0, 1], Listed(shelf).Order()));

        Assert.True(orders > 1000, $"only {orders} orders");
    }

    [Fact]
    public void Without_tags_of_their_own_a_push_is_lost_in_some_order()
    {
        int lost = 0;
        InEveryOrder(() => new ScheduledShelf { HidesTags = true }, NobodyDies, 0, shelf => lost += Listed(shelf).Count() < 2 ? 1 : 0);

        Assert.True(lost > 0, "the orders that are tried lose nothing at all: they prove nothing");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Whoever_dies_in_between_loses_nobody_for_good(int requests) => InEveryOrder(() => new ScheduledShelf(), dies: 0, requests, shelf =>
    {
        // The next one to come puts right what the dead one left.
        Push(shelf, 2);
        while (shelf.Waiting.Contains(2))
        {
            shelf.Do(2);
        }

        Assert.Equal(requests == 0 ? [1, 2] : [0, 1, 2], Listed(shelf).Order());
    });

    [Fact]
    public void Four_pushes_lose_nothing_in_two_thousand_orders_by_chance()
    {
        Random chance = new(20261126);
        for (int i = 0; i < 2_000; i++)
        {
            ScheduledShelf shelf = new();
            Task[] pushes = OnThisThread(() => Enumerable.Range(0, 4).Select(pusher => Push(shelf, pusher)).ToArray());
            while (shelf.Waiting is { Count: > 0 } waiting)
            {
                shelf.Do(waiting[chance.Next(waiting.Count)]);
            }

            Assert.All(pushes, push => Assert.True(push.IsCompletedSuccessfully));
            Assert.Equal([0, 1, 2, 3], Listed(shelf).Order());
        }
    }

    [Fact]
    public async Task What_other_tools_listed_stays_as_it_was()
    {
        const string Theirs = """{"mediaType":"a/b","digest":"sha512:00","size":1,"data":"e30=","platform":{"os":"linux","architecture":"arm64"}}""";
        string index = $$"""{"schemaVersion":2,"annotations":{"by":"them"},"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{Theirs}}]}""";
        ScheduledShelf shelf = new();
        await FillAsync(shelf, ReferrersTag.TagOf(_subject.Digest), index);
        await FillAsync(shelf, ReferrersTag.TagOf(_subject.Digest) + ".sig", "{}");
        await FillAsync(shelf, ReferrersTag.TagOf(_subject.Digest) + ".0123456789abcdef", "not the digest of this");

        await PushAloneAsync(shelf, 0);

        string written = Encoding.UTF8.GetString(shelf[ReferrersTag.TagOf(_subject.Digest)]!);
        Assert.StartsWith($$"""{"schemaVersion":2,"annotations":{"by":"them"},"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{Theirs}},{""", written, StringComparison.Ordinal);
        Assert.Equal([0], Listed(shelf));
    }

    [Fact]
    public async Task A_tag_that_holds_something_else_is_left_alone()
    {
        ScheduledShelf shelf = new();
        await FillAsync(shelf, ReferrersTag.TagOf(_subject.Digest), """{"schemaVersion":2,"config":{},"layers":[]}""");

        OciFormatException error = await Assert.ThrowsAsync<OciFormatException>(() => PushAloneAsync(shelf, 0));

        Assert.Equal("index of referrers is another kind of document", error.Message);
    }

    [Fact]
    public async Task The_same_push_again_changes_nothing()
    {
        ScheduledShelf shelf = new();
        await PushAloneAsync(shelf, 0);
        byte[]? first = shelf[ReferrersTag.TagOf(_subject.Digest)];

        await PushAloneAsync(shelf, 0);

        Assert.Equal(first, shelf[ReferrersTag.TagOf(_subject.Digest)]);
        Assert.Equal([0], Listed(shelf));
    }

    /// <summary>Two pushers, every order of their requests, each from the beginning.</summary>
    /// <param name="dies">Whose requests end after so many.</param>
    /// <returns>How many orders there are.</returns>
    private static int InEveryOrder(Func<ScheduledShelf> make, int dies, int after, Action<ScheduledShelf> check)
    {
        List<(int Choice, int Choices)> order = [];
        int count = 0;
        do
        {
            ScheduledShelf shelf = make();
            OnThisThread(() =>
            {
                Task[] pushes = [Push(shelf, 0), Push(shelf, 1)];
                Run(shelf, order, dies, after);
                Assert.True(pushes[dies == 0 ? 1 : 0].IsCompletedSuccessfully && (dies == 0 || pushes[1].IsCompletedSuccessfully));
                check(shelf);
                return count++;
            });
        }
        while (Next(order));

        return count;
    }

    private static void Run(ScheduledShelf shelf, List<(int Choice, int Choices)> order, int dies, int after)
    {
        int done = 0;
        for (int step = 0; ; step++)
        {
            int[] ready = [.. shelf.Waiting.Where(pusher => pusher != dies || done < after)];
            if (ready.Length == 0)
            {
                return;
            }

            if (step == order.Count)
            {
                order.Add((0, ready.Length));
            }

            int chosen = ready[order[step].Choice];
            done += chosen == dies ? 1 : 0;
            shelf.Do(chosen);
        }
    }

    /// <summary>The next order, the last choice that has another one changed.</summary>
    private static bool Next(List<(int Choice, int Choices)> order)
    {
        while (order.Count > 0 && order[^1].Choice + 1 == order[^1].Choices)
        {
            order.RemoveAt(order.Count - 1);
        }

        if (order.Count == 0)
        {
            return false;
        }

        order[^1] = (order[^1].Choice + 1, order[^1].Choices);
        return true;
    }

    private static async Task PushAloneAsync(ScheduledShelf shelf, int pusher)
    {
        Task push = OnThisThread(() =>
        {
            Task begun = Push(shelf, pusher);
            Run(shelf, [], NobodyDies, 0);
            return begun;
        });
        await push;
    }

    private static async Task FillAsync(ScheduledShelf shelf, string tag, string json)
    {
        Task put = shelf.For(9).PutManifestAsync(tag, "", Encoding.UTF8.GetBytes(json), CancellationToken.None);
        shelf.Do(9);
        await put;
    }

    private static Task Push(ScheduledShelf shelf, int pusher)
        => new ReferrersTag(shelf.For(pusher), _subject.Digest).AddAsync(ManifestOf(pusher), TestContext.Current.CancellationToken);

    /// <summary>Whose manifests the index has, as often as it has them.</summary>
    private static IEnumerable<int> Listed(ScheduledShelf shelf)
    {
        ReferrerIndex index = ReferrerIndex.Parse(shelf[ReferrersTag.TagOf(_subject.Digest)]!);
        return index.Entries.Select(entry => int.Parse(entry.Annotations["pusher"]));
    }

    private static byte[] ManifestOf(int pusher)
        => new ArtifactManifest("a/b", _subject, [], new Dictionary<string, string> { ["pusher"] = $"{pusher}" }).ToBytes();

    /// <summary>The test framework's context would run what comes after an await somewhere else.</summary>
    private static T OnThisThread<T>(Func<T> run)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
