using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /containers/json</summary>
internal sealed class ContainerList(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        ContainerFilter filter = ContainerFilter.Parse(request, services);
        int limit = request.QueryInt("limit", 0);
        bool all = request.QueryBool("all") || limit > 0;
        bool size = request.QueryBool("size");
        IReadOnlyList<Container> every = services.Parts.Containers.List();
        LinkNames links = LinkNames.Of(every);
        List<Container> shown = [.. every.Where(container => filter.Shows(container, all))];
        if (limit > 0 && shown.Count > limit)
        {
            shown.RemoveRange(limit, shown.Count - limit);
        }

        Dictionary<string, (long Writable, long Root)> sizes = [];
        foreach (Container container in size ? shown : [])
        {
            sizes[container.Id] = await Task.Run(() => services.Parts.SizesOf(container.Record));
        }

        DateTimeOffset now = services.Parts.Time.GetUtcNow();
        return ApiResponse.Json(json =>
        {
            json.WriteStartArray();
            foreach (Container container in shown)
            {
                Write(json, container, services.Parts, now, sizes, request.Version, links);
            }

            json.WriteEndArray();
        });
    }

    internal static void Write(
        Utf8JsonWriter json, Container container, ContainerParts parts, DateTimeOffset now, Dictionary<string, (long Writable, long Root)> sizes,
        ApiVersion version, LinkNames links)
    {
        ContainerRecord record = container.Record;
        ContainerState state = container.State;
        json.WriteStartObject();
        json.WriteString("Id"u8, record.Id);
        json.WriteStartArray("Names"u8);
        json.WriteStringValue("/" + record.Name);
        foreach (string name in links.OfLinked(record.Id))
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteString("Image"u8, record.Config.Image);
        json.WriteString("ImageID"u8, record.ImageId.ToString());
        json.WriteString("Command"u8, Command(record.CommandLine));
        json.WriteNumber("Created"u8, record.Created.ToUnixTimeSeconds());
        NetworkSettingsShape.WritePortList(json, record);
        if (sizes.TryGetValue(record.Id, out (long Writable, long Root) measured))
        {
            json.WriteNumber("SizeRw"u8, measured.Writable);
            json.WriteNumber("SizeRootFs"u8, measured.Root);
        }

        json.WriteStartObject("Labels"u8);
        foreach ((string name, string value) in record.Config.Labels ?? new Dictionary<string, string>())
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteString("State"u8, state.Status);
        json.WriteString("Status"u8, StatusText.Of(state, now));
        json.WriteStartObject("HostConfig"u8);
        json.WriteString("NetworkMode"u8, record.HostConfig.NetworkMode);
        if (version.Adds(46) && record.HostConfig.Annotations is { Count: > 0 } annotations)
        {
            json.WriteStartObject("Annotations"u8);
            foreach ((string name, string value) in annotations)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("NetworkSettings"u8);
        NetworkSettingsShape.WriteNetworks(json, record, version);
        json.WriteEndObject();
        MountsShape.Write(json, parts.MountsOf(record));
        json.WriteEndObject();
    }

    /// <summary>Arguments with spaces in quotes, as Docker shows them.</summary>
    private static string Command(IReadOnlyList<string> arguments) => string.Join(
        ' ', arguments.Select((argument, i) => i > 0 && argument.Contains(' ', StringComparison.Ordinal) ? $"'{argument}'" : argument));
}
