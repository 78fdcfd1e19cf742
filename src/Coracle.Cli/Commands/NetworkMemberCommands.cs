using System.Text.Json;

namespace Coracle.Cli;

/// <summary>network connect and disconnect.</summary>
internal static class NetworkMemberCommands
{
    public static Command Connect { get; } = new("network connect", "[OPTIONS] NETWORK CONTAINER", "Connect a container to a network", OptionTable.Parse("""
        --alias strings  Add network-scoped alias for the container
        --driver-opt strings  driver options for the network
        --gw-priority int  Highest gw-priority provides the default gateway. Accepts positive and negative values.
        --ip string  IPv4 address (e.g., "172.30.100.104")
        --ip6 string  IPv6 address (e.g., "2001:db8::33")
        --link list  Add link to another container
        --link-local-ip strings  Add a link-local address for the container
        """u8), 2, 2, ConnectAsync);

    public static Command Disconnect { get; } = new("network disconnect", "[OPTIONS] NETWORK CONTAINER", "Disconnect a container from a network",
        [Option.Flag("force", "Force the container to disconnect from a network", 'f')], 2, 2, DisconnectAsync);

    private static async Task<int> ConnectAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        List<string> options = SubnetFields.Texts(arguments, "driver-opt");
        if (options.Exists(option => option.IndexOf('=', StringComparison.Ordinal) <= 0))
        {
            throw new CliException("invalid key/value pair format in driver options");
        }

        await PostAsync(invocation, "connect", writer =>
        {
            writer.WriteStartObject("EndpointConfig");
            writer.WriteStartObject("IPAMConfig");
            writer.WriteText("IPv4Address", arguments.Value("ip"));
            writer.WriteText("IPv6Address", arguments.Value("ip6"));
            writer.WriteList("LinkLocalIPs", SubnetFields.Texts(arguments, "link-local-ip"));
            writer.WriteEndObject();
            writer.WriteList("Links", arguments.Values("link"));
            writer.WriteList("Aliases", SubnetFields.Texts(arguments, "alias"));
            writer.WriteMap("DriverOpts", options);
            writer.WriteNumber("GwPriority", arguments.Number("gw-priority"));
            writer.WriteEndObject();
        });
        return 0;
    }

    private static async Task<int> DisconnectAsync(Invocation invocation)
    {
        await PostAsync(invocation, "disconnect", writer => writer.WriteBoolean("Force", invocation.Arguments.Has("force")));
        return 0;
    }

    private static async Task PostAsync(Invocation invocation, string verb, Action<Utf8JsonWriter> writeRest)
    {
        byte[] body = Json.Bytes(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("Container", invocation.Words[1]);
            writeRest(writer);
            writer.WriteEndObject();
        });
        await using EngineAnswer answer = await invocation.Engine.SendAsync(
            "POST", $"{NetworkCommands.PathOf(invocation.Words[0])}/{verb}", body, invocation.CancellationToken);
    }
}
