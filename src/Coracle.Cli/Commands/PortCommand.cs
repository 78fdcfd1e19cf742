using System.Text.Json;

namespace Coracle.Cli;

internal static class PortCommand
{
    public static Command Definition { get; } = new("port", "CONTAINER [PRIVATE_PORT[/PROTO]]", "List port mappings or a specific mapping for the container", [], 1, 2, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        string container = invocation.Words[0];
        JsonElement inspected = await invocation.Engine.GetAsync($"/containers/{Uri.EscapeDataString(container)}/json", invocation.CancellationToken);
        JsonElement ports = inspected.Member("NetworkSettings").Member("Ports");
        List<string> lines = invocation.Words.Count > 1 ? PlacesOf(ports, invocation.Words[1], container) : All(ports);
        if (lines.Count > 0)
        {
            string text = string.Join('\n', lines.Order(NaturalOrder.Instance)) + "\n";
            await invocation.Process.WriteAsync(invocation.Process.Output, text, invocation.CancellationToken);
        }

        return 0;
    }

    private static List<string> PlacesOf(JsonElement ports, string wanted, string container)
    {
        (string port, string protocol) = KeyValues.Split(wanted, '/');
        if (Number.Complaint(port, 0, ushort.MaxValue) is string complaint)
        {
            throw new CliException($"Error: invalid port ({port}): {complaint}");
        }

        List<string> places = JsonLists.Items(ports.Member($"{port}/{(protocol.Length > 0 ? protocol : "tcp")}"), Place);
        return places.Count > 0 ? places : throw new CliException($"Error: No public port '{wanted}' published for {container}");
    }

    private static List<string> All(JsonElement ports)
        => [.. JsonLists.Members(ports, port => JsonLists.Items(port.Value, place => $"{port.Name} -> {Place(place)}")).SelectMany(lines => lines)];

    private static string Place(JsonElement place)
    {
        string address = Text(place, "HostIp");
        return (address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address) + ":" + Text(place, "HostPort");
    }

    private static string Text(JsonElement place, string name) => place.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";
}
