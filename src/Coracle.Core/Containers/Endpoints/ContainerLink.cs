using Coracle.Wire;
using static Coracle.Wire.JsonFields;

namespace Coracle.Core;

/// <summary>A legacy link (<c>--link</c>): another container on the default bridge that this one finds under an alias.</summary>
public sealed class ContainerLink
{
    /// <summary>The linked container's id, which a rename does not change.</summary>
    public string ContainerId { get; set; } = "";

    public string Alias { get; set; } = "";

    /// <summary>How container.json has it.</summary>
    internal static JsonTable<ContainerLink> Table { get; } = new("link", () => new ContainerLink(),
    [
        Text<ContainerLink>("container", l => l.ContainerId, (l, v) => l.ContainerId = v),
        Text<ContainerLink>("alias", l => l.Alias, (l, v) => l.Alias = v),
    ]);

    /// <param name="find">Throws when there is no such container.</param>
    /// <exception cref="EngineException">400: not <c>container[:alias]</c>, no such container, or one without a network of its own.</exception>
    public static IReadOnlyList<ContainerLink> Of(HostConfig host, Func<string, ContainerRecord> find)
        => NetworkChoice.IsUserDefined(host.NetworkMode) ? [] // there a link is a name that the network's endpoint has
            : [.. (host.Links ?? []).Select(text => Of(text, find)).DistinctBy(link => link.Alias)];

    private static ContainerLink Of(string text, Func<string, ContainerRecord> find)
    {
        (string name, string alias) = Parse(text);
        ContainerRecord linked = Find(name, find);
        for (int depth = 0; JoinedNamespaces.TargetOf(linked.HostConfig.NetworkMode) is string owner && depth < JoinedNamespaces.MostInARow; depth++)
        {
            linked = Find(owner, find); // the address is that of whose network it is
        }

        return NetworkChoice.IsHost(linked.HostConfig)
            ? throw new EngineException(
                Refusal.InvalidArgument, "conflicting options: host type networking can't be used with links. This would result in undefined behavior")
            : new ContainerLink { ContainerId = linked.Id, Alias = alias };
    }

    /// <summary>Also <c>/container:/parent/alias</c>, which is how inspect shows a link.</summary>
    internal static (string Name, string Alias) Parse(string text)
    {
        if (text.Length == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "empty string specified for links");
        }

        string[] parts = text.Split(':');
        (string name, string alias) = parts switch
        {
            [string only] => (only, only[(only.LastIndexOf('/') + 1)..]),
            [['/', .. string linked], string path] => (linked, path[(path.LastIndexOf('/') + 1)..]),
            [string linked, string called] => (linked, called),
            _ => ("", ""),
        };

        // It becomes a name in the hosts file and a word in variables' names.
        bool isWord = alias.Length > 0 && !alias.AsSpan().ContainsAnyInRange('\0', ' ') && !alias.Contains('=', StringComparison.Ordinal);
        return isWord ? (name, alias) : throw new EngineException(Refusal.InvalidArgument, "bad format for links: " + text);
    }

    private static ContainerRecord Find(string name, Func<string, ContainerRecord> find)
    {
        try
        {
            return find(name);
        }
        catch (EngineException e) when (e.Refusal == Refusal.NotFound)
        {
            throw new EngineException(Refusal.InvalidArgument, "could not get container for " + name, e);
        }
    }
}
