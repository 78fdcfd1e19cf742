using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>The body of POST /networks/{id}/connect.</summary>
public sealed class NetworkConnectRequest
{
    /// <summary>Id or name.</summary>
    public string Container { get; set; } = "";

    public EndpointSettings? EndpointConfig { get; set; }

    public static JsonTable<NetworkConnectRequest> Table { get; } = new("ConnectRequest", () => new NetworkConnectRequest(),
    [
        Text<NetworkConnectRequest>("Container", r => r.Container, (r, v) => r.Container = v),
        Object("EndpointConfig", EndpointSettings.Table, (NetworkConnectRequest r) => r.EndpointConfig, (r, v) => r.EndpointConfig = v),
    ]);
}

/// <summary>The body of POST /networks/{id}/disconnect.</summary>
public sealed class NetworkDisconnectRequest
{
    /// <summary>Id or name.</summary>
    public string Container { get; set; } = "";

    /// <summary>Also where the container is not known any more.</summary>
    public bool Force { get; set; }

    public static JsonTable<NetworkDisconnectRequest> Table { get; } = new("DisconnectRequest", () => new NetworkDisconnectRequest(),
    [
        Text<NetworkDisconnectRequest>("Container", r => r.Container, (r, v) => r.Container = v),
        Flag<NetworkDisconnectRequest>("Force", r => r.Force, (r, v) => r.Force = v),
    ]);
}
