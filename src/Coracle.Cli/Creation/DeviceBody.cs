using System.Text.Json;

namespace Coracle.Cli;

/// <summary>The devices of a create: nodes, requests by name, limits, and limits of the process.</summary>
internal static class DeviceBody
{
    private static readonly (string Option, string Field, LimitKind Kind)[] _limits =
    [
        ("blkio-weight-device", "BlkioWeightDevice", LimitKind.Weight),
        ("device-read-bps", "BlkioDeviceReadBps", LimitKind.Bytes),
        ("device-write-bps", "BlkioDeviceWriteBps", LimitKind.Bytes),
        ("device-read-iops", "BlkioDeviceReadIOps", LimitKind.Operations),
        ("device-write-iops", "BlkioDeviceWriteIOps", LimitKind.Operations),
    ];

    public static void Write(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        List<string> names = [.. arguments.Values("device").Where(DeviceOption.IsQualifiedName)];
        List<DeviceOption> nodes = [.. arguments.Values("device").Where(d => !names.Contains(d)).Select(DeviceOption.Parse)];
        if (nodes.Count > 0)
        {
            writer.WriteObjects("Devices", nodes, device =>
            {
                writer.WriteString("PathOnHost", device.OnHost);
                writer.WriteString("PathInContainer", device.InContainer);
                writer.WriteString("CgroupPermissions", device.Permissions);
            });
        }

        WriteRequests(writer, arguments.Value("gpus"), names);
        foreach ((string option, string field, LimitKind kind) in _limits)
        {
            if (arguments.Values(option) is { Count: > 0 } limits)
            {
                writer.WriteObjects(field, limits, limit =>
                {
                    (string path, long number) = DeviceLimit.Parse(limit, kind);
                    writer.WriteString("Path", path);
                    writer.WriteNumber(kind == LimitKind.Weight ? "Weight" : "Rate", number);
                });
            }
        }

        WriteUlimits(writer, arguments.Values("ulimit"));
    }

    private static void WriteRequests(Utf8JsonWriter writer, string? gpus, List<string> names)
    {
        List<GpuOption> requests = [];
        if (gpus is not null)
        {
            requests.Add(GpuOption.Parse(gpus));
        }

        if (names.Count > 0)
        {
            requests.Add(new GpuOption("cdi", 0, names, [], []));
        }

        if (requests.Count > 0)
        {
            writer.WriteObjects("DeviceRequests", requests, request => WriteRequest(writer, request));
        }
    }

    private static void WriteRequest(Utf8JsonWriter writer, GpuOption request)
    {
        writer.WriteString("Driver", request.Driver);
        writer.WriteNumber("Count", request.Count);
        writer.WriteList("DeviceIDs", request.Devices);
        if (request.Capabilities.Count > 0)
        {
            writer.WriteStartArray("Capabilities");
            writer.WriteStartArray();
            request.Capabilities.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
            writer.WriteEndArray();
        }

        writer.WriteMap("Options", request.Options);
    }

    private static void WriteUlimits(Utf8JsonWriter writer, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        List<UlimitOption> limits = [];
        foreach (string text in texts)
        {
            // Of several for one limit the last counts.
            UlimitOption limit = UlimitOption.Parse(text);
            limits.RemoveAll(l => l.Name == limit.Name);
            limits.Add(limit);
        }

        writer.WriteObjects("Ulimits", limits.OrderBy(l => l.Name, StringComparer.Ordinal), limit =>
        {
            writer.WriteString("Name", limit.Name);
            writer.WriteNumber("Soft", limit.Soft);
            writer.WriteNumber("Hard", limit.Hard);
        });
    }
}
