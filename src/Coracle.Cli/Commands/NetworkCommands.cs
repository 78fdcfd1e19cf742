using System.Text.Json;

namespace Coracle.Cli;

/// <summary>network create, ls and rm.</summary>
internal static class NetworkCommands
{
    public static Command Create { get; } = new("network create", "[OPTIONS] NETWORK", "Create a network", OptionTable.Parse("""
        --attachable  Enable manual container attachment
        --aux-address map  Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])
        --config-from string  The network from which to copy the configuration
        --config-only  Create a configuration only network
        -d, --driver string  Driver to manage the Network (default "bridge")
        --gateway strings  IPv4 or IPv6 Gateway for the master subnet
        --ingress  Create swarm routing-mesh network
        --internal  Restrict external access to the network
        --ip-range strings  Allocate container ip from a sub-range
        --ipam-driver string  IP Address Management Driver (default "default")
        --ipam-opt map  Set IPAM driver specific options (default map[])
        --ipv4  Enable or disable IPv4 address assignment (default true)
        --ipv6  Enable or disable IPv6 address assignment
        --label list  Set metadata on a network
        -o, --opt map  Set driver specific options (default map[])
        --scope string  Control the network's scope
        --subnet strings  Subnet in CIDR format that represents a network segment
        """u8), 1, 1, CreateAsync);

    public static Command List { get; } = new("network ls", "[OPTIONS]", "List networks",
    [
        FormatHelp.FilterOf("Provide filter values (e.g. \"driver=bridge\")", 'f'),
        FormatHelp.List,
        Option.Flag("no-trunc", "Do not truncate the output"),
        Option.Flag("quiet", "Only display network IDs", 'q'),
    ], 0, 0, ListAsync);

    public static Command Remove { get; } = new("network rm", "NETWORK [NETWORK...]", "Remove one or more networks",
        [Option.Flag("force", "Do not error if the network does not exist", 'f')], 1, Command.Any, RemoveAsync);

    private static async Task<int> CreateAsync(Invocation invocation)
    {
        IReadOnlyList<SubnetFields> subnets = SubnetFields.Of(invocation.Arguments);
        byte[] body = Json.Bytes(writer => WriteNetwork(writer, invocation.Arguments, invocation.Words[0], subnets));
        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", "/networks/create", body, invocation.CancellationToken);
        JsonElement network = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        await invocation.SayAsync(network.GetProperty("Id").GetString()!);
        return 0;
    }

    private static void WriteNetwork(Utf8JsonWriter writer, ParsedArguments arguments, string name, IReadOnlyList<SubnetFields> subnets)
    {
        writer.WriteStartObject();
        writer.WriteString("Name", name);
        writer.WriteString("Driver", arguments.Value("driver") ?? "bridge");
        writer.WriteString("Scope", arguments.Value("scope") ?? "");
        WriteChoice(writer, arguments, "ipv4", "EnableIPv4");
        WriteChoice(writer, arguments, "ipv6", "EnableIPv6");
        writer.WriteStartObject("IPAM");
        writer.WriteString("Driver", arguments.Value("ipam-driver") ?? "default");
        writer.WriteMap("Options", arguments.Values("ipam-opt"));
        writer.WriteObjects("Config", subnets, subnet => subnet.Write(writer));
        writer.WriteEndObject();
        writer.WriteBoolean("Internal", arguments.Has("internal"));
        writer.WriteBoolean("Attachable", arguments.Has("attachable"));
        writer.WriteBoolean("Ingress", arguments.Has("ingress"));
        writer.WriteBoolean("ConfigOnly", arguments.Has("config-only"));
        if (arguments.Value("config-from") is { Length: > 0 } source)
        {
            writer.WriteStartObject("ConfigFrom");
            writer.WriteString("Network", source);
            writer.WriteEndObject();
        }

        writer.WriteMap("Options", arguments.Values("opt"));
        writer.WriteMap("Labels", arguments.Values("label"));
        writer.WriteEndObject();
    }

    /// <summary>Left to the engine where nothing was said.</summary>
    private static void WriteChoice(Utf8JsonWriter writer, ParsedArguments arguments, string option, string field)
    {
        if (arguments.IsGiven(option))
        {
            writer.WriteBoolean(field, arguments.Has(option));
        }
    }

    private static async Task<int> ListAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string query = Filters.Query(arguments.Values("filter"));
        JsonElement networks = await invocation.Engine.GetAsync("/networks" + (query.Length > 0 ? "?" + query[1..] : ""), invocation.CancellationToken);
        View view = new(arguments.Has("no-trunc"), invocation.Process.Time);
        List<Row> rows = [.. Row.Each(NetworkListing.Listing, networks, view).OrderBy(row => row.Text("Name"), NaturalOrder.Instance)];
        await invocation.Process.WriteAsync(invocation.Process.Output, NetworkListing.Listing.Render(arguments.Value("format"), arguments.Has("quiet"), rows), invocation.CancellationToken);
        return 0;
    }

    private static Task<int> RemoveAsync(Invocation invocation)
    {
        bool forgives = invocation.Arguments.Has("force");
        return invocation.EachAsync(async name =>
        {
            try
            {
                await LookAtAsync(invocation, name);
                await invocation.Engine.DoAsync("DELETE", PathOf(name), invocation.CancellationToken);
                await invocation.SayAsync(name);
            }
            catch (EngineRefusedException refused) when (forgives && refused.Status == 404)
            {
                // Gone is what was asked for; Docker does not name it then.
            }
        });
    }

    /// <summary>Docker's client asks before it removes the mesh of a swarm; here there is none, but engines see the same requests.</summary>
    private static async Task LookAtAsync(Invocation invocation, string name)
    {
        try
        {
            await invocation.Engine.GetAsync(PathOf(name), invocation.CancellationToken);
        }
        catch (EngineRefusedException)
        {
            // The removal will say why.
        }
    }

    internal static string PathOf(string network) => "/networks/" + Uri.EscapeDataString(network);
}
