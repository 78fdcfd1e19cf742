using System.Diagnostics;

namespace Coracle.E2E;

/// <summary>kill -9 of the engine at any moment of a pull by delta, over a slow line: the same command ends in the same image, and little comes twice.</summary>
[Trait("Engine", "coracle")] // dockerd knows no deltas
public sealed class DeltaKillTests(Stage stage) : RecoveryTest(stage)
{
    private const int ShortKills = 5;
    private const int LongKills = 1000;

    /// <summary>Of one kill: what of a segment was there already, and what was on its way.</summary>
    private const long MostAgain = 2 << 20;

    /// <summary>The new version's own, which nothing compresses: six segments.</summary>
    private const int NewBytes = 6_000_000;
    private const int OldBytes = 5_000_000;
    private const int BytesPerSecond = 5_000_000;
    private const int SmallFiles = 300;
    private const string Repository = "delta-killed";

    private readonly TestRegistry _registry = new();
    private TestImage _next = null!;
    private PublishedDelta _delta = null!;

    /// <summary>Of the pull under way: the end of what has come of the delta, and when it was killed.</summary>
    private long _farthest;
    private readonly List<int> _moments = [];

    private string One => $"{_registry.Address}/{Repository}:1";

    private string Two => $"{_registry.Address}/{Repository}:2";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        TestImage old = await Images.PushAsync(Repository, "1", [Images.Busybox, Tar(isNew: false)], new RunSettings(["sh"]));
        _next = await Images.PushAsync(Repository, "2", [Images.Busybox, Tar(isNew: true)], new RunSettings(["sh"]));
        Versions.Copy(Registry, _registry, Repository, old, _next);
        await using BuildServer publisher = await BuildServer.StartAsync(One, Two);
        string artifact = await publisher.PublishAsync(Two, One);
        _delta = Assert.Single(PublishedDelta.Of(_registry.Store.FindManifest(Repository, artifact)!.Value.Bytes));
        Assert.InRange(_delta.Size, NewBytes, NewBytes + 100_000);
        _registry.Fault = request => IsDelta(request) ? new TestFault { BytesPerSecond = BytesPerSecond } : null;
        await Docker.SayAsync("pull", "-q", One);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _registry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Small files and large ones, links, one that stays and one of which a part is another.</summary>
    private static Layer Tar(bool isNew)
    {
        LayerTar tar = new LayerTar().Directory("app").File("app/same", Noise(1, OldBytes));
        byte[] patched = Noise(2, 200_000);
        patched[100_000] += (byte)(isNew ? 1 : 0);
        tar.File("app/patched", patched);
        for (int i = 0; i < SmallFiles; i++)
        {
            tar.Text($"app/small{i}", $"{(isNew && i % 3 == 0 ? "new" : "old")} {i}\n");
        }

        if (isNew)
        {
            tar.File("app/first", Noise(3, NewBytes / 2)).HardLink("app/linked", "app/first").SymbolicLink("app/link", "same");
            for (int i = 0; i < 10; i++)
            {
                tar.File($"app/part{i}", Noise(10 + i, NewBytes / 20));
            }
        }

        return tar.Finish();
    }

    private static byte[] Noise(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private bool IsDelta(TestRequest request) => request.Method == "GET" && request.Path.EndsWith(_delta.Digest, StringComparison.Ordinal);

    [Fact]
    public async Task A_delta_that_is_killed_at_any_moment_goes_on_near_where_it_was()
    {
        int usual = await MeasureAsync();
        string[] before = DataFiles();
        int kills = Figures.Rounds(ShortKills, LongKills), seed = Environment.TickCount, pulls = 0;
        Random random = new(seed);
        KillTally tally = new();
        while (tally.Kills < kills)
        {
            try
            {
                await PullAndKillAsync(Math.Min(random.Next(1, 6), kills - tally.Kills), usual, random, tally);
                pulls++;
                await IsWholeAsync();
                await Docker.SayAsync("rmi", Two);
                Assert.Equal(before, DataFiles());
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"pull {pulls} (seed {seed}), after {tally.Kills} kills, of this one at {string.Join(", ", _moments)} of {usual} ms: {failed.Message}\n{Engine.LogTail}", failed);
            }
        }

        Figures.Say(
            $"{tally.Kills} kills -9 in {pulls} pulls of a delta of {_delta.Size} bytes, {usual} ms: the right image each time; bytes fetched again for a kill: {tally.Most} at most, {tally.Again / tally.Kills} on average");
    }

    private async Task<int> MeasureAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await Docker.SayAsync("pull", "-q", Two);
        int usual = (int)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await IsWholeAsync();
        await Docker.SayAsync("rmi", Two);
        return usual;
    }

    /// <summary>One pull, begun again after each kill until the image is here.</summary>
    private async Task PullAndKillAsync(int wanted, int usual, Random random, KillTally tally)
    {
        _farthest = 0;
        _moments.Clear();
        for (int kills = 0; ; kills++)
        {
            // Every fourth early: there what the one before has left is read once more.
            int moment = random.Next(4) == 0 ? random.Next(250) : random.Next(usual + 200);
            (bool isDone, long again) = await TryAsync(kills < wanted ? moment : null);
            Assert.True(again <= (kills == 0 ? 0 : MostAgain), $"{again} bytes came again");
            tally.CameAgain(again);
            if (isDone)
            {
                return;
            }

            _moments.Add(moment);
            tally.Kills++;
        }
    }

    /// <param name="moment">Milliseconds after which the engine is killed; null lets it live.</param>
    /// <returns>Whether the image came, and which bytes of the delta came that had come before.</returns>
    private async Task<(bool IsDone, long Again)> TryAsync(int? moment)
    {
        _registry.Requests.Clear();
        long before = _registry.Store.BytesServed(_delta.Digest);
        await using Command pull = Docker.Start("pull", Two);
        if (moment is { } wait)
        {
            await Deadline.HoldsAsync("the pull to begin", () => !_registry.Requests.IsEmpty, () => Engine.LogTail);
            await Task.Delay(wait); // the random moment itself
            await Engine.KillAsync();
        }

        CommandResult ended = await pull.EndAsync();
        if (moment is not null)
        {
            await Engine.StartAgainAsync();
        }
        else
        {
            ended.Succeeds();
        }

        return (ended.Output.Contains("Status: ", StringComparison.Ordinal), Again(_registry.Store.BytesServed(_delta.Digest) - before));
    }

    /// <param name="served">In this try.</param>
    /// <returns>Bytes of it that an earlier try of this pull has had.</returns>
    private long Again(long served)
    {
        // A try that goes on reads the delta's header first, then from its restart point to the end: the last range of them.
        long start = 0;
        foreach (TestRequest request in _registry.Requests.Where(IsDelta))
        {
            string[] ends = request["Range"] is { } range ? range["bytes=".Length..].Split('-') : ["0", ""];
            start = ends[1].Length == 0 ? long.Parse(ends[0], System.Globalization.CultureInfo.InvariantCulture) : _farthest;
        }

        long others = _registry.Requests.Where(IsDelta).Count(request => request["Range"] is { } range && !range.EndsWith('-')) * 4096L;
        long end = start + Math.Max(0, served - others);
        long fresh = Math.Max(0, end - Math.Max(start, _farthest));
        _farthest = Math.Max(_farthest, end);
        return served - fresh;
    }

    private async Task IsWholeAsync()
    {
        await Versions.AreWholeAsync(Docker, Two, _next);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Engine.DataRoot, "staging")));
        string files = Path.Combine(Engine.DataRoot, "layers", _next.Layers[1].DiffId["sha256:".Length..], "diff/app");
        Assert.Equal(Noise(3, NewBytes / 2), await File.ReadAllBytesAsync(files + "/linked"));
        Assert.Equal(Noise(1, OldBytes), await File.ReadAllBytesAsync(files + "/same"));
        Assert.All(Enumerable.Range(0, 10), i => Assert.Equal(Noise(10 + i, NewBytes / 20), File.ReadAllBytes($"{files}/part{i}")));
        Assert.Equal(SmallFiles + 15, Directory.GetFiles(files).Length);
    }

    private sealed class KillTally
    {
        public int Kills { get; set; }

        public long Again { get; private set; }

        public long Most { get; private set; }

        public void CameAgain(long bytes) => (Again, Most) = (Again + bytes, Math.Max(Most, bytes));
    }
}
