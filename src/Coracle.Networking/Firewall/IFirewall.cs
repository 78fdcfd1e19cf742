namespace Coracle.Networking;

/// <summary>All that the firewall is to hold.</summary>
public sealed record FirewallState(IReadOnlyList<NetworkRules> Networks, IReadOnlyList<PublishedPort> Ports);

/// <summary>
/// The rules of this engine on the host. They are in tables (or, without nf_tables, chains) of our own: nobody else's rule is changed,
/// moved or removed, but for marked ones of ours that the owner asked for (<see cref="OwnersRules.Integrate"/>).
/// </summary>
/// <remarks>
/// Each verb is one transaction: done, or nothing was done and it throws <see cref="Linux.LinuxException"/>. Each may be said twice. When the rules are not
/// as they were left (a foreign <c>nft flush ruleset</c>), a verb makes all of them again from what it was told so far. What it was
/// told is in memory only: a new process begins with <see cref="Reconcile"/>. Connections that exist are never cut by it.
/// Safe for several threads, all of which are in the network namespace in which it was opened.
/// <para>
/// Before a bridge gets <c>route_localnet</c>, its network must have been added: the rule that keeps 127.0.0.0/8 from the wire comes with it.
/// </para>
/// </remarks>
public interface IFirewall : IDisposable
{
    /// <summary>What keeps packets from our containers although we let them pass, for <c>/info</c>; as of the last verb on networks.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>With the network come the rules for all of its ports, present and future.</summary>
    void AddNetwork(NetworkRules rules);

    /// <summary>No failure when there is none. With the last one, everything of ours goes.</summary>
    void RemoveNetwork(string id);

    /// <summary>All of a container's, in one transaction. What is not <see cref="PublishedPort.IsTranslatable"/> is somebody else's.</summary>
    /// <exception cref="Linux.LinuxException">EEXIST: the host's port leads to another container.</exception>
    void Publish(IReadOnlyList<PublishedPort> ports);

    /// <summary>No failure for one that is not published.</summary>
    void Withdraw(IReadOnlyList<PublishedPort> ports);

    /// <summary>Exactly this from now on, whatever was there.</summary>
    void Reconcile(FirewallState desired);

    /// <summary>Whether our rules are as we left them. Cheap while nobody changes any rule; an owner's reload makes it look.</summary>
    /// <remarks>A foreign hand that takes single ports out of our maps is not seen.</remarks>
    bool IsIntact();

    /// <summary>All of our rules again, unless they are as we left them.</summary>
    /// <returns>Whether that was needed.</returns>
    bool Repair();
}
