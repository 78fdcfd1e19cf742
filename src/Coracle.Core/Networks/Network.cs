namespace Coracle.Core;

/// <summary>A network as it is at one moment.</summary>
/// <param name="Endpoints">Of the running containers on it, in the order in which they came.</param>
public sealed record Network(NetworkRecord Record, IReadOnlyList<NetworkEndpoint> Endpoints)
{
    public NetworkId Id => Record.Id;

    public string Name => Record.Name;

    /// <returns>Null when it is not on this network.</returns>
    public NetworkEndpoint? Of(string container) => Endpoints.FirstOrDefault(endpoint => endpoint.Container == container);
}
