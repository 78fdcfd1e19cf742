using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What a container asks of its networks, in the order of its life: <see cref="ContainerNetworks"/> in the engine, a double in tests of the actor.</summary>
/// <remarks>Calls for one container come one after the other. What fails has been taken back.</remarks>
public interface IContainerNetworks
{
    /// <summary>Before its process exists: addresses, and ports of the host, that are its own from here on.</summary>
    /// <returns>The record with its sandbox; without one where it shares another's network.</returns>
    /// <exception cref="EngineException">A network, an address or a port cannot be had.</exception>
    Task<ContainerRecord> AllocateAsync(ContainerRecord record, CancellationToken cancellationToken);

    /// <summary>While its process waits: links, ports and names work from here on.</summary>
    /// <returns>The record, which has the links' names now.</returns>
    Task<ContainerRecord> JoinAsync(ContainerRecord record, int pid, CancellationToken cancellationToken);

    /// <summary>The record is the container's now: others find it by name.</summary>
    Task AnnounceAsync(ContainerRecord record);

    /// <summary>Its process has ended, or never ran: everything is given back. Never throws.</summary>
    Task EndAsync(ContainerRecord record);

    /// <summary>The events of an end: after its <c>die</c>, as Docker tells them. Does not wait for anything.</summary>
    void TellEnd(ContainerRecord record);

    /// <summary>A running container comes on a network.</summary>
    /// <returns>The record as it is from then on.</returns>
    Task<ContainerRecord> ConnectAsync(ContainerRecord record, int pid, NetworkRecord network, EndpointSettings wish, CancellationToken cancellationToken);

    /// <summary>A running container leaves a network; whoever calls has kept <paramref name="after"/>.</summary>
    /// <returns>The record as it is from then on: its ports may be published no more, or by another of its networks.</returns>
    Task<ContainerRecord> DisconnectAsync(ContainerRecord before, ContainerRecord after, int pid, NetworkRecord network);

    /// <summary>It is called otherwise from here on.</summary>
    Task RenameAsync(ContainerRecord record);

    /// <summary>Start-up, once, before any container starts: these run, and have what their records say.</summary>
    Task RecoverAsync(IReadOnlyList<(ContainerRecord Record, int Pid)> running, CancellationToken cancellationToken);
}

/// <summary>What the keeper does for sandboxes: it holds their ports of the host and answers their questions for names, with an engine or without.</summary>
public interface ISandboxKeeper
{
    IHostPorts PortsOf(string container);

    /// <summary>From here on what is held for it goes with this process.</summary>
    Task AttendAsync(string container, int pid, CancellationToken cancellationToken);

    /// <summary>Answers its questions, where one of its networks has names.</summary>
    Task ServeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken);

    /// <summary>It came on a network or left one.</summary>
    Task ChangeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken);

    /// <summary>Somebody came on this network, left it, or is called otherwise. Never throws.</summary>
    Task NetworkChangedAsync(NetworkId network);

    /// <summary>The network is gone. Never throws.</summary>
    Task ForgetAsync(NetworkId network);

    /// <summary>All that is held for it. Never throws.</summary>
    Task ReleaseAsync(string container);

    /// <summary>Start-up: these run and have these ports. Never throws.</summary>
    Task RecoverPortsAsync(IReadOnlyList<(string Container, int Pid, IReadOnlyList<PortMapping> Ports)> running, CancellationToken cancellationToken);

    /// <summary>Start-up, after the ports: these run, and have their names. Never throws.</summary>
    Task RecoverAsync(IReadOnlyList<(ContainerRecord Record, int Pid)> running, CancellationToken cancellationToken);
}
