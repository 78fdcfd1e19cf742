using System.Text.Json;

namespace Coracle.Wire;

/// <summary>The body of <c>POST /containers/create</c>: a Config with HostConfig and NetworkingConfig beside its members.</summary>
public sealed class ContainerCreateRequest
{
    public ContainerConfig Config { get; } = new();

    public HostConfig HostConfig { get; private set; } = new();

    /// <summary>The networks of NetworkingConfig in the client's order, each once.</summary>
    public IReadOnlyList<NamedEndpoint> Endpoints { get; set; } = [];

    /// <param name="body">Any JSON at all: what is wrong with it is told in <paramref name="reading"/>.</param>
    public static ContainerCreateRequest Read(JsonElement body, JsonReading reading)
    {
        ContainerCreateRequest request = new();
        if (body.ValueKind != JsonValueKind.Object)
        {
            reading.WrongType(body, "Config", "Config");
            return request;
        }

        ContainerConfig.Table.ReadInto(request.Config, body, reading, (name, value) => request.TakeMember(name, value, reading));
        return request;
    }

    /// <returns>False when the member belongs to the Config.</returns>
    private bool TakeMember(string name, JsonElement value, JsonReading reading)
    {
        if (name.Equals("HostConfig", StringComparison.OrdinalIgnoreCase))
        {
            HostConfig = HostConfig.Table.Read(value, reading) ?? HostConfig;
            return true;
        }

        if (name.Equals("NetworkingConfig", StringComparison.OrdinalIgnoreCase))
        {
            Endpoints = ReadEndpoints(value, reading);
            return true;
        }

        return false;
    }

    private static IReadOnlyList<NamedEndpoint> ReadEndpoints(JsonElement networking, JsonReading reading)
    {
        if (networking.ValueKind != JsonValueKind.Object)
        {
            if (networking.ValueKind != JsonValueKind.Null)
            {
                reading.WrongType(networking, "NetworkingConfig", "NetworkingConfig");
            }

            return [];
        }

        Dictionary<string, EndpointSettings?> named = [];
        foreach (JsonProperty member in networking.EnumerateObject())
        {
            if (!member.Name.Equals("EndpointsConfig", StringComparison.OrdinalIgnoreCase))
            {
                reading.AddUnknown("NetworkingConfig." + member.Name);
            }
            else if (member.Value.ValueKind == JsonValueKind.Object)
            {
                AddEndpoints(named, member.Value, reading);
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                reading.WrongType(member.Value, "NetworkingConfig.EndpointsConfig", "map[string]*network.EndpointSettings");
            }
        }

        return [.. named.Select(endpoint => new NamedEndpoint(endpoint.Key, endpoint.Value))];
    }

    private static void AddEndpoints(Dictionary<string, EndpointSettings?> named, JsonElement endpoints, JsonReading reading)
    {
        foreach (JsonProperty endpoint in endpoints.EnumerateObject())
        {
            named[endpoint.Name] = EndpointSettings.Table.Read(endpoint.Value, reading); // of two equal names the last counts
        }
    }
}

/// <summary>A network as a create names it, with what it asks for there.</summary>
/// <param name="Network">Name or id.</param>
/// <param name="Settings">Null when the client sent null.</param>
public sealed record NamedEndpoint(string Network, EndpointSettings? Settings);
