using Coracle.Wire;
using static Coracle.Wire.JsonFields;

namespace Coracle.Core;

/// <summary>The network side of one run of a container: its sandbox, what it has on each network, its ports. Part of its life: gone when it ends.</summary>
public sealed class SandboxState
{
    /// <summary>64 hex digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>A path by which the namespace is found; empty where it has none.</summary>
    public string Key { get; set; } = "";

    public IReadOnlyList<GivenEndpoint> Endpoints { get; set; } = [];

    /// <summary>In the order of <see cref="PublishedPort.Of"/>.</summary>
    public IReadOnlyList<PublishedPort> Ports { get; set; } = [];

    /// <summary>Null when it is not on that network.</summary>
    public GivenEndpoint? On(string network) => Endpoints.FirstOrDefault(endpoint => endpoint.Network == network);

    /// <summary>Its endpoints are copies, too: what a record has is never changed.</summary>
    public SandboxState Copy() => new() { Id = Id, Key = Key, Endpoints = [.. Endpoints.Select(endpoint => endpoint.Copy())], Ports = Ports };

    /// <summary>How container.json and the notes of its life have it.</summary>
    internal static JsonTable<SandboxState> Table { get; } = new("sandbox", () => new SandboxState(),
    [
        Text<SandboxState>("id", s => s.Id, (s, v) => s.Id = v),
        Text<SandboxState>("key", s => s.Key, (s, v) => s.Key = v),
        Objects("endpoints", GivenEndpoint.Table, (SandboxState s) => s.Endpoints, (s, v) => s.Endpoints = v ?? []),
        Objects("ports", PublishedPort.Table, (SandboxState s) => s.Ports, (s, v) => s.Ports = v ?? []),
    ]);
}
