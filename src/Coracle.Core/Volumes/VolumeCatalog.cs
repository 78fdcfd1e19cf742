using Coracle.Linux;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>The volumes of this engine and who uses them. All verbs block: they are for a thread that may wait for a disk.</summary>
/// <remarks>
/// A container uses its volumes from its creation to its removal, whether it runs or not; it has them mounted while it runs. One lock keeps
/// both counts and the volumes' existence in step, so that none is removed between being found and being used. Lock order: this one, then the
/// store's.
/// </remarks>
public sealed class VolumeCatalog(VolumeStore store, EventStream events, TimeProvider time)
{
    /// <summary>The only driver there is.</summary>
    public const string LocalDriver = "local";

    /// <summary>Docker's mark for a volume that nobody named; <c>volume prune</c> goes by it.</summary>
    public const string AnonymousLabel = "com.docker.volume.anonymous";

    // What the local driver understands in Docker and is not built here.
    private static readonly string[] _knownOptions = ["type", "o", "device", "size"];

    private readonly Lock _lock = new();

    // Volume to containers, in the order in which they came. A volume that nobody uses has no entry.
    private readonly Dictionary<string, List<string>> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _mounted = new(StringComparer.Ordinal);

    /// <summary>All volumes, by name.</summary>
    public IReadOnlyList<Volume> List() => [.. store.List().Select(View)];

    /// <exception cref="EngineException">404.</exception>
    public Volume Get(string name) => View(store.Find(name) ?? throw NoSuch(name));

    public bool Exists(string name) => store.Find(name) is not null;

    /// <summary>Where a volume's files are: absolute.</summary>
    public string PathOf(string name) => store.DataPath(name);

    /// <summary>How many containers use it, running or not.</summary>
    public int CountUsers(string name)
    {
        lock (_lock)
        {
            return _users.TryGetValue(name, out List<string>? users) ? users.Count : 0;
        }
    }

    /// <summary>For <c>system df</c>: every volume with its users and its size. Walks all their files.</summary>
    public IReadOnlyList<VolumeUsage> Usage()
    {
        List<VolumeUsage> usage = [];
        foreach (Volume volume in List())
        {
            usage.Add(new VolumeUsage(volume, CountUsers(volume.Name), store.SizeOf(volume.Name)));
        }

        return usage;
    }

    /// <summary>The volume of that name if there is one, whatever its labels; else a new one.</summary>
    /// <exception cref="EngineException">A bad name, a driver that is not there, an option that is not built.</exception>
    public Volume Create(VolumeWish wish)
    {
        bool anonymous = wish.Name.Length == 0;
        string name = anonymous ? VolumeName.Create() : wish.Name;
        CheckDriver(name, wish.Driver);
        VolumeRecord record = new(
            name, time.GetUtcNow(), anonymous ? WithAnonymous(wish.Labels) : wish.Labels, wish.Options, anonymous ? wish.Container : "");
        bool made;
        lock (_lock)
        {
            made = store.Find(name) is null;
            if (made)
            {
                VolumeName.Check(name);
                CheckOptions(name, wish.Options);
                store.TryCreate(record);
            }

            Add(_users, name, wish.Container);
        }

        if (made)
        {
            Publish(name, "create");
        }

        return Get(name);
    }

    /// <summary>DELETE /volumes/{name}</summary>
    /// <param name="force">A volume that is not there is no error. One that is used always is.</param>
    /// <exception cref="EngineException">404, 409.</exception>
    public void Remove(string name, bool force)
    {
        string? leaving;
        lock (_lock)
        {
            if (store.Find(name) is null)
            {
                leaving = force ? null : throw NoSuch(name);
            }
            else if (_users.TryGetValue(name, out List<string>? users))
            {
                throw new EngineException(Refusal.Conflict, $"remove {name}: volume is in use - [{string.Join(", ", users)}]");
            }
            else
            {
                leaving = store.TakeOut(name);
            }
        }

        Discard(name, leaving);
    }

    /// <returns>False when somebody uses it, or it is gone.</returns>
    public bool TryRemoveUnused(string name)
    {
        string? leaving;
        lock (_lock)
        {
            leaving = _users.ContainsKey(name) ? null : store.TakeOut(name);
        }

        Discard(name, leaving);
        return leaving is not null;
    }

    /// <summary>Bytes of the files in it.</summary>
    public long SizeOf(string name) => store.SizeOf(name);

    internal bool IsEmpty(string name) => store.IsEmpty(name);

    /// <summary>Copies an image's directory into a volume, which stays as it is when something is in it by then.</summary>
    internal void Populate(string name, DirectoryHandle source)
    {
        using VolumeCopy copy = store.Copy(name, source);
        lock (_lock)
        {
            store.Place(copy, isMounted: _mounted.ContainsKey(name));
        }
    }

    /// <summary>Found at a start: a container that has it.</summary>
    internal void AddUser(string name, string container)
    {
        lock (_lock)
        {
            Add(_users, name, container);
        }
    }

    internal void RemoveUser(string name, string container)
    {
        lock (_lock)
        {
            Take(_users, name, container);
        }
    }

    /// <summary>From now on a process may see the volume's directory, so that it must stay where it is.</summary>
    /// <exception cref="EngineException">The volume is gone.</exception>
    internal void Mount(string name, string container)
    {
        lock (_lock)
        {
            if (store.Find(name) is null)
            {
                throw new EngineException(Refusal.Failed, $"failed to mount local volume: get {name}: no such volume");
            }

            Add(_mounted, name, container);
        }
    }

    /// <returns>False when the container had not mounted it.</returns>
    internal bool Unmount(string name, string container)
    {
        lock (_lock)
        {
            return Take(_mounted, name, container);
        }
    }

    /// <summary>Volumes that were made for a container without a name, each with the container.</summary>
    internal IReadOnlyList<(string Name, string Owner)> Owned()
    {
        List<(string Name, string Owner)> owned = [];
        foreach (VolumeRecord record in store.List())
        {
            if (record.Owner.Length > 0)
            {
                owned.Add((record.Name, record.Owner));
            }
        }

        return owned;
    }

    /// <summary>An anonymous volume outlives the container it was made for.</summary>
    internal void Keep(string name, string container)
    {
        if (store.Find(name)?.Owner == container)
        {
            store.Update(name, record => record with { Owner = "" });
        }
    }

    /// <summary>An event of a volume; every one has the driver.</summary>
    internal void Publish(string name, string action, params ReadOnlySpan<(string Name, string Value)> more)
    {
        Dictionary<string, string> attributes = new() { ["driver"] = LocalDriver };
        foreach ((string attribute, string value) in more)
        {
            attributes[attribute] = value;
        }

        events.Publish("volume", action, name, attributes);
    }

    /// <summary>The one event that is about no volume in particular.</summary>
    internal void PublishPrune(long reclaimed) => events.Publish("volume", "prune", "", new Dictionary<string, string>
    {
        ["reclaimed"] = reclaimed.ToString(System.Globalization.CultureInfo.InvariantCulture),
    });

    private Volume View(VolumeRecord record) => Volume.Of(record, store.DataPath(record.Name));

    private void Discard(string name, string? leaving)
    {
        if (leaving is not null)
        {
            store.Discard(leaving);
            Publish(name, "destroy");
        }
    }

    private static void CheckDriver(string name, string driver)
    {
        if (driver is not ("" or LocalDriver))
        {
            throw new EngineException(
                Refusal.NotFound, $"create {name}: error looking up volume plugin {driver}: plugin \"{driver}\" not found");
        }
    }

    private static void CheckOptions(string name, IReadOnlyDictionary<string, string>? options)
    {
        foreach (string option in options?.Keys ?? [])
        {
            throw _knownOptions.Contains(option)
                ? NotBuilt.Option($"DriverOpts {option} of the local volume driver")
                : new EngineException(Refusal.InvalidArgument, $"create {name}: invalid option: \"{option}\"");
        }
    }

    private static Dictionary<string, string> WithAnonymous(IReadOnlyDictionary<string, string>? labels)
        => new(labels ?? new Dictionary<string, string>()) { [AnonymousLabel] = "" };

    private static EngineException NoSuch(string name) => new(Refusal.NotFound, $"get {name}: no such volume");

    private static void Add(Dictionary<string, List<string>> table, string name, string container)
    {
        if (container.Length == 0)
        {
            return;
        }

        if (!table.TryGetValue(name, out List<string>? containers))
        {
            table[name] = containers = [];
        }

        if (!containers.Contains(container))
        {
            containers.Add(container);
        }
    }

    private static bool Take(Dictionary<string, List<string>> table, string name, string container)
    {
        if (!table.TryGetValue(name, out List<string>? containers) || !containers.Remove(container))
        {
            return false;
        }

        if (containers.Count == 0)
        {
            table.Remove(name);
        }

        return true;
    }
}
