namespace Coracle.Core;

/// <summary>By which names a container is found on a network.</summary>
public static class DnsNames
{
    /// <summary>Its name, its aliases there, its short id and its host name; none on the engine's own networks, which have no name server.</summary>
    public static IReadOnlyList<string>? Of(ContainerRecord container, NetworkMembership membership)
        => !NetworkChoice.IsUserDefined(membership.Network) ? null
            : [.. Enumerable.Distinct([container.Name, .. membership.Wish.Aliases ?? [], container.ShortId, container.Config.Hostname]).Where(name => name.Length > 0)];
}
