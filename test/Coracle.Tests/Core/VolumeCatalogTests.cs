using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Storage;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class VolumeCatalogTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly EventStream _events = new(TimeProvider.System);
    private VolumeCatalog _catalog;
    private ContainerVolumes _volumes;

    public VolumeCatalogTests() => (_catalog, _volumes) = Open();

    public void Dispose() => _store.Dispose();

    // Measured: dockerd 20.10.24.
    [Theory]
    [InlineData("x", "create x: volume name is too short, names should be at least two alphanumeric characters")]
    [InlineData("../x", "create ../x: \"../x\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path")]
    [InlineData("..", "create ..: \"..\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path")]
    [InlineData("a/b", "create a/b: \"a/b\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path")]
    public void Bad_names_are_refused_in_Dockers_words(string name, string message)
        => Refuses(Refusal.InvalidArgument, message, () => _catalog.Create(new VolumeWish(name)));

    [Fact]
    public void Foreign_drivers_and_options_are_refused_by_name()
    {
        Refuses(
            Refusal.NotFound, "create data: error looking up volume plugin foo: plugin \"foo\" not found",
            () => _catalog.Create(new VolumeWish("data", "foo")));
        Refuses(
            Refusal.InvalidArgument, "create data: invalid option: \"foo\"",
            () => _catalog.Create(new VolumeWish("data", "local", new Dictionary<string, string> { ["foo"] = "" })));
        Refuses(
            Refusal.NotImplemented, "DriverOpts type of the local volume driver is not built yet in this version of Coracle",
            () => _catalog.Create(new VolumeWish("data", "", new Dictionary<string, string> { ["type"] = "tmpfs" })));
        Assert.Empty(_catalog.List());
    }

    [Fact]
    public void Creating_twice_is_creating_once()
    {
        Volume first = _catalog.Create(new VolumeWish("data", Labels: new Dictionary<string, string> { ["a"] = "b" }));
        Volume second = _catalog.Create(new VolumeWish("data", "local"));
        Assert.Equal("b", second.Labels!["a"]);
        Assert.Equal(first.Created, second.Created);
        Assert.Equal(["create data"], Events());
    }

    [Fact]
    public void A_volume_without_a_name_gets_one_and_is_marked()
    {
        Volume volume = _catalog.Create(new VolumeWish(""));
        Assert.Matches("^[0-9a-f]{64}$", volume.Name);
        Assert.True(volume.IsAnonymous);
    }

    [Fact]
    public void A_volume_in_use_cannot_be_removed_by_any_means()
    {
        ContainerRecord one = Decided(Container(["data:/x"]));
        ContainerRecord two = Decided(Container(["data:/y"]));
        string message = $"remove data: volume is in use - [{one.Id}, {two.Id}]";
        Refuses(Refusal.Conflict, message, () => Remove("data", force: false));
        Refuses(Refusal.Conflict, message, () => Remove("data", force: true));
        Assert.Empty(Prune(_ => true).Removed);

        _volumes.Release(one, withAnonymous: true);
        _volumes.Release(two, withAnonymous: true);
        _catalog.Remove("data", force: false);
        Refuses(Refusal.NotFound, "get data: no such volume", () => Remove("data", force: false));
        _catalog.Remove("data", force: true);
        Assert.Equal(["create data", "destroy data"], Events().Where(e => e.EndsWith("data", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_a_container_mounts_is_decided_once_its_own_before_others_and_the_images_last()
    {
        ContainerRecord lender = Decided(Container(["first:/a", "/host:/b", "/anonymous"], image: ["/image"]));
        Assert.Equal(
            ["/a volume first z True", "/anonymous volume * z True", "/b bind   True", "/image volume *  True"], lender.Mounts.Select(Describe).Select(Normal(lender)));

        ContainerRecord borrower = Decided(Container(["second:/b"], image: ["/image", "/own"], from: [lender.Name + ":ro"]), lender);
        Assert.Equal(
            ["/a volume first z False", "/anonymous volume * z False", "/b volume second z True", "/image volume *  False", "/own volume *  True"],
            borrower.Mounts.Select(Describe).Select(Normal(borrower)));
        Assert.Equal(lender.Mounts[3].Name, borrower.Mounts[3].Name);
        Assert.Equal(2, _catalog.CountUsers(lender.Mounts[3].Name));
    }

    [Theory]
    [InlineData("", "volumes-from specification cannot be an empty string")]
    [InlineData("nope", "No such container: nope")]
    [InlineData("nope:bad", "invalid mode: bad")]
    [InlineData("nope:rshared", "invalid mode: rshared")]
    [InlineData("nope:nocopy", "invalid mode: nocopy")]
    [InlineData("nope:ro:y", "invalid mode: ro:y")]
    public void Bad_volumes_from_are_refused_in_Dockers_words(string from, string message)
        => Refuses(Refusal.InvalidArgument, message, () => Decided(Container([], from: [from])));

    [Fact]
    public void A_creation_that_fails_leaves_no_nameless_volume_and_no_use()
    {
        Refuses(
            Refusal.InvalidArgument, "create v: volume name is too short, names should be at least two alphanumeric characters",
            () => Decided(Container(["named:/a", "/b", "v:/c"])));
        Assert.Equal(["named"], _catalog.List().Select(volume => volume.Name));
        Assert.Equal(0, _catalog.CountUsers("named"));
    }

    [Fact]
    public void Removal_takes_nameless_volumes_when_asked_and_never_named_ones()
    {
        ContainerRecord kept = Decided(Container(["named:/a", "/b"]));
        _volumes.Keep(kept);
        _volumes.Release(kept, withAnonymous: false);
        Assert.Equal(2, _catalog.List().Count);

        ContainerRecord taken = Decided(Container(["named:/a", "/b"]));
        _volumes.Release(taken, withAnonymous: true);
        Assert.Equal(2, _catalog.List().Count);
    }

    [Fact]
    public void Borrowed_nameless_volumes_go_with_their_last_container()
    {
        ContainerRecord lender = Decided(Container(["/a"]));
        ContainerRecord borrower = Decided(Container([], from: [lender.Name]), lender);
        _volumes.Release(lender, withAnonymous: true);
        Assert.Single(_catalog.List());
        _volumes.Release(borrower, withAnonymous: true);
        Assert.Empty(_catalog.List());
    }

    [Fact]
    public void A_start_removes_what_a_cut_left_and_keeps_the_rest()
    {
        ContainerRecord lives = Decided(Container(["/a", "named:/b"]));
        ContainerRecord damaged = Decided(Container(["/a"]));
        ContainerRecord kept = Decided(Container(["/a"]));
        _volumes.Keep(kept);
        Decided(Container(["/a", "other:/b"])); // its record never came to be
        _store.Reopen(_store.Root);
        (_catalog, _volumes) = Open();

        _volumes.Found(lives, isRunning: true);
        _volumes.RemoveOrphans(id => id == damaged.Id);
        string[] expected = ["named", "other", lives.Mounts[0].Name, damaged.Mounts[0].Name, kept.Mounts[0].Name];
        Assert.Equal(expected.Order(StringComparer.Ordinal), _catalog.List().Select(volume => volume.Name));
        Assert.Equal(1, _catalog.CountUsers("named"));
    }

    [Fact]
    public void Mounting_and_unmounting_are_told_once_each_with_Dockers_attributes()
    {
        ContainerRecord record = Decided(Container(["data:/x:ro", "/host:/h"]));
        _volumes.Mount(record);
        _volumes.Unmount(record);
        _volumes.Unmount(record);
        IReadOnlyList<EngineEvent> past = _events.Subscribe().Past;
        Assert.Equal(["create", "mount", "unmount"], past.Select(happened => happened.Action));
        Assert.Equal(
            $"container={record.Id} destination=/x driver=local propagation= read/write=false",
            string.Join(' ', past[1].Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}")));
        Assert.Equal(
            $"container={record.Id} driver=local", string.Join(' ', past[2].Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}")));
    }

    [Fact]
    public void Prune_takes_what_fits_and_tells_exactly_how_much_that_was()
    {
        Decided(Container(["used:/x"]));
        foreach (string name in (string[])["one", "two", "stays"])
        {
            Volume volume = _catalog.Create(new VolumeWish(name));
            File.WriteAllBytes(volume.Mountpoint + "/f", new byte[100]);
        }

        PrunedVolumes pruned = Prune(volume => volume.Name != "stays");
        Assert.Equal(["one", "two"], pruned.Removed);
        Assert.Equal(200, pruned.Reclaimed);
        Assert.Equal("200", _events.Subscribe().Past[^1].Attributes["reclaimed"]);
        Assert.Equal([("stays", 0, 100L), ("used", 1, 0L)], _catalog.Usage().Select(usage => (usage.Volume.Name, usage.Users, usage.Size)));
    }

    [Fact]
    public void A_container_record_keeps_its_mounts()
    {
        ContainerRecord record = Decided(Container(["data:/x:ro,nocopy", "/host:/h:rslave", "/b"]));
        ContainerRecord read = ContainerRecordCodec.Decode(ContainerRecordCodec.Encode(record));
        Assert.Equal(record.Mounts.Select(Describe), read.Mounts.Select(Describe));
        Assert.Equal(["", "rslave", ""], read.Mounts.Select(mount => mount.Propagation));
        Assert.Equal([true, false, false], read.Mounts.Select(mount => mount.Anonymous));
    }

    private (VolumeCatalog Catalog, ContainerVolumes Volumes) Open()
    {
        VolumeCatalog catalog = new(_store.Store.Volumes, _events, TimeProvider.System);
        return (catalog, new ContainerVolumes(catalog, _ => throw new InvalidOperationException("there are no layers")));
    }

    private ContainerRecord Decided(ContainerRecord record, params ContainerRecord[] others) => record with
    {
        Mounts = _volumes.Decide(
            record, name => others.FirstOrDefault(other => other.Name == name) ?? throw new EngineException(Refusal.NotFound, "No such container: " + name)),
    };

    private static ContainerRecord Container(string[] binds, string[]? image = null, string[]? from = null)
    {
        string id = ContainerId.Create();
        return new ContainerRecord
        {
            Id = id,
            Name = "c" + id[..6],
            Created = DateTimeOffset.UnixEpoch,
            ImageId = Digest.Of([]),
            Layers = [],
            Config = new ContainerConfig { Image = "busybox", Cmd = ["true"], Volumes = image },
            HostConfig = new HostConfig { Binds = binds, VolumesFrom = from },
        };
    }

    private PrunedVolumes Prune(Func<Volume, bool> fits) => new VolumePrune(_catalog).Run(fits, TestContext.Current.CancellationToken);

    private string Remove(string name, bool force)
    {
        _catalog.Remove(name, force);
        return name;
    }

    private IEnumerable<string> Events() => _events.Subscribe().Past.Select(happened => $"{happened.Action} {happened.ActorId}");

    private static string Describe(MountPoint mount) => $"{mount.Destination} {mount.Kind} {mount.Name} {mount.Mode} {!mount.ReadOnly}";

    private static Func<string, string> Normal(ContainerRecord record)
        => text => record.Mounts.Where(mount => mount.Anonymous).Aggregate(text, (shown, mount) => shown.Replace(mount.Name, "*", StringComparison.Ordinal));

    private static void Refuses(Refusal refusal, string message, Func<object> act)
    {
        EngineException refused = Assert.Throws<EngineException>(() => { act(); });
        Assert.Equal((refusal, message), (refused.Refusal, refused.Message));
    }
}
