namespace Coracle.Runtime;

/// <summary>What the keeper of an earlier engine still holds.</summary>
public sealed record KeeperHoldings(IReadOnlyList<KeeperTenant> Tenants, IReadOnlyList<string> Tables, IReadOnlyList<string> Kept);

/// <param name="Id">The container's.</param>
/// <param name="Serves">Its sandbox's questions are answered.</param>
/// <param name="Settings">How; null when they are not.</param>
public sealed record KeeperTenant(string Id, bool Serves, ResolverSettings? Settings, IReadOnlyList<PortHold> Ports);
