using Coracle.Networking;

namespace Coracle.Core;

/// <summary>What makes networks of records: links, addresses, routes and rules of the host and of sandboxes.</summary>
/// <remarks>
/// Blocking, for a thread that may wait for the kernel; calls for one network come one after the other, those of different networks may meet,
/// and so do those for different sandboxes. Each may be called again: what is there is left, what is gone is no error. So a start makes every
/// network anew, whatever a crash left of it. The networks of the drivers <c>host</c> and <c>null</c>, and those that only hold a
/// configuration, never come here. What the kernel refuses is an <see cref="EngineException"/> that says which step it was.
/// </remarks>
public interface INetworkDriver
{
    /// <summary>Start-up, before any network is made: what of an earlier engine nobody wants any more goes, and the rules are those of this state.</summary>
    /// <param name="sandboxes">Of running containers.</param>
    /// <param name="ports">Theirs.</param>
    void Recover(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<SandboxPlan> sandboxes, IReadOnlyList<PortMapping> ports);

    /// <summary>The host's side: of a bridge the link, its addresses and rules.</summary>
    void Make(NetworkRecord network);

    /// <summary>Nobody is on it any more.</summary>
    void Remove(NetworkRecord network);

    /// <summary>Links in the sandbox with the endpoints' addresses, and the way out: all of them or none.</summary>
    /// <param name="present">What the sandbox has already.</param>
    /// <returns>The first list, with the links' names.</returns>
    IReadOnlyList<EndpointPlan> Join(SandboxReference sandbox, IReadOnlyList<EndpointPlan> endpoints, IReadOnlyList<EndpointPlan> present);

    /// <param name="sandbox">Null where its processes have ended: the links are gone with them, what the host keeps of it is not.</param>
    /// <param name="remaining">What the sandbox still has.</param>
    void Leave(SandboxReference? sandbox, EndpointPlan endpoint, IReadOnlyList<EndpointPlan> remaining);

    /// <summary>Leads the host's ports to containers, in one step.</summary>
    void Publish(IReadOnlyList<PortMapping> ports);

    void Withdraw(IReadOnlyList<PortMapping> ports);

    /// <summary>Where the host sends packets now, but for its default route: subnets that nobody named keep out of there.</summary>
    IReadOnlyList<Subnet> HostRoutes();

    /// <summary>What addresses a link of the host has, the link-local ones left out; empty where there is no such link.</summary>
    IReadOnlyList<BridgeAddress> AddressesOf(string link);

    /// <summary>What keeps packets from containers although they are let through here, for <c>/info</c>.</summary>
    IReadOnlyList<string> Warnings { get; }
}

/// <summary>A container's network namespace.</summary>
/// <param name="Pid">Of a process in it, in the engine's namespace: <c>/proc/PID/ns/net</c>.</param>
public sealed record SandboxReference(string Container, int Pid);

/// <summary>A sandbox with all that it has.</summary>
/// <param name="Sandbox">Its process is 0 while that is not known: its monitor does not answer.</param>
public sealed record SandboxPlan(SandboxReference Sandbox, IReadOnlyList<EndpointPlan> Endpoints);
