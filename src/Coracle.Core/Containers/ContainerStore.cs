using System.Diagnostics.CodeAnalysis;

namespace Coracle.Core;

/// <summary>Every container of this engine, by id, by name and by whatever of an id is unique.</summary>
/// <remarks>One lock, held for dictionary operations only; never while a container or a disk is asked for anything.</remarks>
public sealed class ContainerStore(ContainerEnvironment environment) : IAsyncDisposable
{
    private readonly Lock _lock = new();

    private readonly Dictionary<string, Container> _byId = [];

    /// <summary>Name to id. A name is taken from the moment its creation begins, before there is a container.</summary>
    private readonly Dictionary<string, string> _names = [];

    /// <param name="idOrName">A full id, a name with or without its slash, or a unique prefix of an id.</param>
    /// <exception cref="EngineException">None, or several.</exception>
    public Container Get(string idOrName)
    {
        string text = idOrName.StartsWith('/') ? idOrName[1..] : idOrName;
        lock (_lock)
        {
            if (_byId.TryGetValue(text, out Container? container)
                || (_names.TryGetValue(text, out string? id) && _byId.TryGetValue(id, out container)))
            {
                return container;
            }

            return ByPrefix(text) ?? throw new EngineException(Refusal.NotFound, "No such container: " + idOrName);
        }
    }

    /// <param name="id">Full.</param>
    /// <returns>Null when it is gone.</returns>
    public Container? Find(string id)
    {
        lock (_lock)
        {
            return _byId.GetValueOrDefault(id);
        }
    }

    private Container? ByPrefix(string prefix)
    {
        if (!ContainerId.IsHex(prefix))
        {
            return null;
        }

        Container? found = null;
        foreach ((string id, Container container) in _byId)
        {
            if (id.StartsWith(prefix, StringComparison.Ordinal))
            {
                found = found is null
                    ? container
                    : throw new EngineException(Refusal.InvalidArgument, "multiple IDs found with provided prefix: " + prefix);
            }
        }

        return found;
    }

    /// <summary>A snapshot, the newest first, as Docker lists them.</summary>
    public IReadOnlyList<Container> List()
    {
        lock (_lock)
        {
            return [.. _byId.Values.OrderByDescending(container => container.Record.Created)];
        }
    }

    /// <summary>For deletion of images: who stands on which layers.</summary>
    public IReadOnlyList<ImageUser> ImageUsers()
        => [.. List().Select(container => new ImageUser(
            container.Id, container.Record.ImageId, ContainerLifecycle.IsAlive(container.State.Phase), container.Record.Layers))];

    /// <summary>Takes a name for a container that is being made.</summary>
    /// <param name="name">Null lets us choose.</param>
    /// <exception cref="EngineException">The name is taken.</exception>
    public string ReserveName(string? name, string id)
    {
        lock (_lock)
        {
            for (int attempt = 0; ; attempt++)
            {
                string candidate = name ?? ContainerName.Generate(attempt);
                if (_names.TryAdd(candidate, id))
                {
                    return candidate;
                }

                if (name is not null)
                {
                    throw NameTaken(name, _names[name], "");
                }
            }
        }
    }

    private static EngineException NameTaken(string name, string owner, string before) => new(
        Refusal.Conflict,
        $"{before}Conflict. The container name \"/{name}\" is already in use by container \"{owner}\". You have to remove (or rename) that container to be able to reuse that name.");

    /// <summary>Gives a name back when the container did not come to be, or is called otherwise now.</summary>
    public void ReleaseName(string name, string id)
    {
        lock (_lock)
        {
            if (_names.TryGetValue(name, out string? owner) && owner == id)
            {
                _names.Remove(name);
            }
        }
    }

    /// <summary>POST /containers/{id}/rename: returns when the new name is as durable as the container.</summary>
    /// <param name="given">With or without its slash.</param>
    /// <remarks>Both names are taken while it lasts, so that no two records on disk ever have the same.</remarks>
    /// <exception cref="EngineException">The name breaks the rule, is taken or its own; or the container is going.</exception>
    public Task RenameAsync(Container container, string given, CancellationToken cancellationToken)
    {
        const string Failed = "Error when allocating new name: ";
        if (given.Length == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "Neither old nor new names may be empty");
        }

        string name = ContainerName.Parse(given.StartsWith('/') ? given : "/" + given, Failed);
        if (name == container.Name)
        {
            throw new EngineException(Refusal.InvalidArgument, "Renaming a container with the same name as its current name");
        }

        lock (_lock)
        {
            if (!_names.TryAdd(name, container.Id))
            {
                throw NameTaken(name, _names[name], Failed);
            }
        }

        return container.RenameAsync(name, free => ReleaseName(free, container.Id), cancellationToken);
    }

    /// <summary>The record is on disk and its name reserved: from here on everybody sees the container.</summary>
    public Container Add(ContainerRecord record) => Add(record, record, new ContainerState { Phase = ContainerPhase.Created }, found: null);

    private Container Add(ContainerRecord record, ContainerRecord saved, ContainerState state, IContainerTask? found)
    {
        Container container = new(record, saved, state, found, environment, Forget);
        lock (_lock)
        {
            _byId.Add(record.Id, container);
        }

        return container;
    }

    /// <summary>Takes in a container of an earlier engine as it was found.</summary>
    /// <param name="saved">As it is on disk.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "the store owns what it holds and disposes of it")]
    internal Container Adopt(ContainerRecord record, ContainerRecord saved, ContainerState state, IContainerTask? found)
    {
        string name = record.Name;
        lock (_lock)
        {
            // Two records of one name can only come from a damaged disk: both containers stay reachable.
            for (int attempt = 0; !_names.TryAdd(name, record.Id); attempt++)
            {
                name = ContainerName.Generate(attempt);
            }
        }

        return Add(record with { Name = name }, saved, state, found);
    }

    private void Forget(Container removed)
    {
        lock (_lock)
        {
            _byId.Remove(removed.Id);
        }

        ReleaseName(removed.Name, removed.Id);
    }

    /// <summary>Lets go of every container; their processes run on.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Container container in List())
        {
            await container.DisposeAsync();
        }
    }
}
