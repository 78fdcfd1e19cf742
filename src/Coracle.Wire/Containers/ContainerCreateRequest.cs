using System.Text.Json;

namespace Coracle.Wire;

/// <summary>The body of <c>POST /containers/create</c>: a Config with HostConfig and NetworkingConfig beside its members.</summary>
public sealed class ContainerCreateRequest
{
    public ContainerConfig Config { get; } = new();

    public HostConfig HostConfig { get; private set; } = new();

    /// <summary>The networks named in NetworkingConfig; whatever they ask for beyond their name is reported as not built.</summary>
    public IReadOnlyList<string> Endpoints { get; private set; } = [];

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

    /// <remarks>The CLI names the default network here with every setting empty; a setting with a value asks for what comes with networks.</remarks>
    private static List<string> ReadEndpoints(JsonElement networking, JsonReading reading)
    {
        List<string> names = [];
        if (networking.ValueKind != JsonValueKind.Object
            || !networking.TryGetProperty("EndpointsConfig", out JsonElement endpoints) || endpoints.ValueKind != JsonValueKind.Object)
        {
            return names;
        }

        foreach (JsonProperty endpoint in endpoints.EnumerateObject())
        {
            names.Add(endpoint.Name);
            if (endpoint.Value.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            foreach (JsonProperty setting in endpoint.Value.EnumerateObject().Where(setting => !JsonValues.IsZero(setting.Value)))
            {
                reading.AddNotBuilt("NetworkingConfig.EndpointsConfig." + setting.Name);
            }
        }

        return names;
    }
}
