using System.Buffers;
using System.Text;
using System.Text.Json;
using Coracle.Tests.House;
using Coracle.Wire;

namespace Coracle.Tests.Wire;

/// <summary>Bodies recorded from the real clients (docker 28.2.2 and 20.10.24).</summary>
public sealed class ContainerCreateRequestTests
{
    private static string Golden(string name)
        => File.ReadAllText(Path.Combine(Repository.Root, "test/Coracle.Tests/Wire/Golden", name + ".json"));

    private static (ContainerCreateRequest Request, JsonReading Reading) Read(string json)
    {
        JsonReading reading = new();
        using JsonDocument document = JsonDocument.Parse(json);
        return (ContainerCreateRequest.Read(document.RootElement, reading), reading);
    }

    private static string Write<T>(JsonTable<T> table, T value)
        where T : class
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            table.Write(writer, value);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    [Theory]
    [InlineData("cli28-create")]
    [InlineData("cli20-create")]
    public void A_plain_create_of_the_real_clients_asks_for_nothing_unbuilt(string name)
    {
        (ContainerCreateRequest request, JsonReading reading) = Read(Golden(name));
        Assert.Null(reading.Problem);
        Assert.Empty(reading.NotBuilt);
        Assert.Empty(reading.Unknown);
        Assert.Equal(["true"], request.Config.Cmd);
        Assert.Null(request.Config.Entrypoint);
        Assert.Equal("none", request.HostConfig.NetworkMode);
        Assert.Null(request.HostConfig.MaskedPaths);
    }

    [Fact]
    public void What_a_run_with_many_options_asks_for_is_read()
    {
        (ContainerCreateRequest request, JsonReading reading) = Read(Golden("cli28-run"));
        Assert.Null(reading.Problem);
        Assert.Empty(reading.NotBuilt);
        Assert.Equal(["default"], request.Endpoints.Select(endpoint => endpoint.Network));
        Assert.NotEmpty(request.HostConfig.PortBindings!);
        Assert.Equal(67108864, request.HostConfig.Memory);
        Assert.Equal(1000000000, request.HostConfig.NanoCpus);
        Assert.Equal(["/srv:/t:ro"], request.HostConfig.Binds);
        Assert.Equal(("nofile", 10, 20), request.HostConfig.Ulimits!.Select(limit => (limit.Name, limit.Soft, limit.Hard)).Single());
        Assert.Equal("bind", Assert.Single(request.HostConfig.Mounts!).Type);
    }

    [Fact]
    public void No_paths_and_no_wish_about_paths_stay_different()
    {
        Assert.Empty(Read("""{"HostConfig":{"MaskedPaths":[],"ReadonlyPaths":[]}}""").Request.HostConfig.MaskedPaths!);
        Assert.Null(Read("""{"HostConfig":{"MaskedPaths":null}}""").Request.HostConfig.MaskedPaths);
    }

    [Fact]
    public void What_was_written_reads_back_the_same()
    {
        HostConfig host = Read(Golden("cli28-run")).Request.HostConfig;
        string once = Write(HostConfig.Table, host);
        using JsonDocument document = JsonDocument.Parse(once);
        JsonReading reading = new();
        Assert.Equal(once, Write(HostConfig.Table, HostConfig.Table.Read(document.RootElement, reading)!));
        Assert.Empty(reading.NotBuilt);
        Assert.Empty(reading.Unknown);
    }

    [Fact]
    public void Names_match_as_in_Go_without_regard_to_case()
        => Assert.Equal(5, Read("""{"hostconfig":{"MEMORY":5}}""").Request.HostConfig.Memory);

    [Theory]
    [InlineData("""{"HostConfig":{"Memory":"x"}}""", "json: cannot unmarshal string into Go struct field HostConfig.Memory of type int64")]
    [InlineData("""{"HostConfig":{"Memory":1.5}}""", "json: cannot unmarshal number 1.5 into Go struct field HostConfig.Memory of type int64")]
    [InlineData("""{"Tty":"yes"}""", "json: cannot unmarshal string into Go struct field Config.Tty of type bool")]
    [InlineData("""{"Env":"A=b"}""", "json: cannot unmarshal string into Go struct field Config.Env of type []string")]
    [InlineData("""{"Labels":{"a":1}}""", "json: cannot unmarshal number 1 into Go struct field Config.Labels of type string")]
    [InlineData("""{"HostConfig":[]}""", "json: cannot unmarshal array into Go struct field HostConfig of type HostConfig")]
    [InlineData("""{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":80}]}}}""", "json: cannot unmarshal number 80 into Go struct field PortBinding.HostPort of type string")]
    [InlineData("""{"HostConfig":{"PortBindings":["80"]}}""", "json: cannot unmarshal array into Go struct field HostConfig.PortBindings of type nat.PortMap")]
    [InlineData("""{"NetworkingConfig":[]}""", "json: cannot unmarshal array into Go struct field NetworkingConfig of type NetworkingConfig")]
    [InlineData("[]", "json: cannot unmarshal array into Go struct field Config of type Config")]
    public void A_value_of_the_wrong_type_is_told_in_Gos_words(string body, string problem) => Assert.Equal(problem, Read(body).Reading.Problem);

    [Fact]
    public void Endpoints_keep_their_order_and_the_last_of_two_namesakes_counts()
    {
        (ContainerCreateRequest request, JsonReading reading) = Read(
            """{"NetworkingConfig":{"EndpointsConfig":{"z":{"Aliases":["one"]},"a":null,"z":{"IPAMConfig":{"IPv4Address":"10.0.0.5"},"GwPriority":3,"NetworkID":"x"}},"Other":1}}""");
        Assert.Equal(["z", "a"], request.Endpoints.Select(endpoint => endpoint.Network));
        Assert.Equal((null, "10.0.0.5", 3), (request.Endpoints[0].Settings!.Aliases, request.Endpoints[0].Settings!.IpamConfig!.IPv4Address, request.Endpoints[0].Settings!.GatewayPriority));
        Assert.Null(request.Endpoints[1].Settings);
        Assert.Equal(["NetworkingConfig.Other"], reading.Unknown);
    }

    [Fact]
    public void A_port_without_a_binding_is_kept()
        => Assert.Contains(
            "\"PortBindings\":{\"53/udp\":[],\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}",
            Write(HostConfig.Table, Read("""{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"8080"}],"53/udp":null}}}""").Request.HostConfig),
            StringComparison.Ordinal);

    [Fact]
    public void A_command_may_be_one_string() => Assert.Equal(["ls"], Read("""{"Cmd":"ls"}""").Request.Config.Cmd);

    [Theory]
    [InlineData("""{"HostConfig":{"DeviceRequests":[{"Count":-1}]}}""", "HostConfig.DeviceRequests")]
    [InlineData("""{"Healthcheck":{"Test":["CMD","true"]}}""", "Config.Healthcheck")]
    [InlineData("""{"HostConfig":{"IOMaximumIOps":60}}""", "HostConfig.IOMaximumIOps")]
    public void Each_unbuilt_option_is_refused_by_name(string body, string name) => Assert.Equal([name], Read(body).Reading.NotBuilt);

    [Fact]
    public void A_health_check_that_is_switched_off_asks_for_nothing()
        => Assert.Empty(Read("""{"Healthcheck":{"Test":["NONE"]}}""").Reading.NotBuilt);
}
