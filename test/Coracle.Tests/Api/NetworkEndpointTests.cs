using System.Text;
using System.Text.Json;
using Coracle.Api;
using Coracle.Core;
using Coracle.Http;
using Coracle.Tests.Core;
using Coracle.Tests.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Api;

/// <summary>The network endpoints over a real connection, on networks whose host side is written down.</summary>
public sealed class NetworkEndpointTests : IDisposable
{
    private readonly NetworkBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_network_is_created_shown_and_removed()
    {
        await using TestServer server = Serve();
        (int status, string body) = await AskAsync(server, "POST", "/v1.51/networks/create", """
            {"Name":"lan","CheckDuplicate":true,"Driver":"bridge","Scope":"","EnableIPv6":false,
             "IPAM":{"Driver":"default","Options":{},"Config":[{"Subnet":"10.1.0.0/16","IPRange":"10.1.5.0/24","Gateway":"10.1.0.9","AuxiliaryAddresses":{"r":"10.1.0.7"}}]},
             "Internal":false,"Attachable":false,"Ingress":false,"ConfigOnly":false,"ConfigFrom":null,"Options":{},"Labels":{"a":"b"}}
            """);
        using JsonDocument made = JsonDocument.Parse(body);
        string id = made.RootElement.GetProperty("Id").GetString()!;
        Assert.Equal((201, ""), (status, made.RootElement.GetProperty("Warning").GetString()));
        NetworkEndpoint endpoint = _bench.Allocate(_bench.Networks.Get("lan"), "web");

        (_, string shown) = await AskAsync(server, "GET", "/v1.51/networks/lan");
        string expected = """
            {"Name":"lan","Id":"ID","Created":"CREATED","Scope":"local","Driver":"bridge","EnableIPv4":true,"EnableIPv6":false,
             "IPAM":{"Driver":"default","Options":{},"Config":[{"Subnet":"10.1.0.0/16","IPRange":"10.1.5.0/24","Gateway":"10.1.0.9","AuxiliaryAddresses":{"r":"10.1.0.7"}}]},
             "Internal":false,"Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,
             "Containers":{"CONTAINER":{"Name":"web","EndpointID":"ENDPOINT","MacAddress":"02:42:0a:01:05:00","IPv4Address":"10.1.5.0/16","IPv6Address":""}},
             "Options":{},"Labels":{"a":"b"}}
            """;
        expected = string.Concat(expected.Split('\n').Select(line => line.Trim()))
            .Replace("CONTAINER", endpoint.Container, StringComparison.Ordinal).Replace("ENDPOINT", endpoint.Id, StringComparison.Ordinal).Replace("\"ID\"", $"\"{id}\"", StringComparison.Ordinal);
        Assert.Equal(expected, WithoutTime(shown));

        (_, string old) = await AskAsync(server, "GET", "/v1.41/networks/lan");
        Assert.DoesNotContain("EnableIPv4", old, StringComparison.Ordinal);
        Assert.Equal(403, (await AskAsync(server, "DELETE", "/networks/lan")).Status);
        _bench.Networks.Release(_bench.Networks.Get("lan").Id, endpoint.Container);
        Assert.Equal(204, (await AskAsync(server, "DELETE", "/networks/" + id)).Status);
        Assert.Equal((404, """{"message":"network lan not found"}"""), await AskAsync(server, "GET", "/networks/lan"));
    }

    [Theory]
    [InlineData("", "bridge host inner lan none")]
    [InlineData("""{"type":["custom"]}""", "inner lan")]
    [InlineData("""{"type":["builtin","custom"]}""", "bridge host inner lan none")]
    [InlineData("""{"driver":{"bridge":true}}""", "bridge lan")]
    [InlineData("""{"driver":["null","host"]}""", "host none")]
    [InlineData("""{"name":["an"]}""", "lan")]
    [InlineData("""{"name":["^lan$"]}""", "lan")]
    [InlineData("""{"label":["a"]}""", "lan")]
    [InlineData("""{"label":["a=x"]}""", "")]
    [InlineData("""{"scope":["swarm"]}""", "")]
    [InlineData("""{"dangling":["true"]}""", "inner")]
    [InlineData("""{"dangling":["0"]}""", "bridge host lan none")]
    public async Task A_list_shows_what_fits(string filters, string names)
    {
        Network lan = _bench.Networks.Create(new NetworkWish("lan") { Labels = new Dictionary<string, string> { ["a"] = "b" } });
        _bench.Allocate(lan, "web");
        _bench.Networks.Create(new NetworkWish("inner") { Driver = "macvlan" });
        await using TestServer server = Serve();
        (_, string body) = await AskAsync(server, "GET", "/networks?filters=" + Uri.EscapeDataString(filters));
        using JsonDocument list = JsonDocument.Parse(body);
        Assert.Equal(names, string.Join(' ', list.RootElement.EnumerateArray().Select(network => network.GetProperty("Name").GetString())));
        Assert.All(list.RootElement.EnumerateArray(), network => Assert.Empty(network.GetProperty("Containers").EnumerateObject()));
    }

    [Theory]
    [InlineData("GET", "/networks?filters={\"foo\":[\"x\"]}", "", 400, "invalid filter 'foo'")]
    [InlineData("GET", "/networks?filters={\"dangling\":[\"x\"]}", "", 400, "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")")]
    [InlineData("GET", "/networks?filters={\"type\":[\"x\"]}", "", 400, "invalid filter: 'type'='x'")]
    [InlineData("GET", "/networks/bridge?verbose=x", "", 400, "invalid value for verbose: x: strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("GET", "/networks/bridge?scope=swarm", "", 404, "network bridge not found")]
    [InlineData("POST", "/networks/create", "{\"Name\":\"bridge\"}", 403, "operation is not permitted on predefined bridge network ")]
    [InlineData("POST", "/networks/create", "{\"Name\":\"a\",\"Driver\":\"overlay2\"}", 404, "plugin \"overlay2\" not found")]
    [InlineData("POST", "/networks/create", "{\"Name\":5}", 400, "invalid JSON: json: cannot unmarshal number 5 into Go struct field CreateRequest.Name of type string")]
    [InlineData("POST", "/networks/create", "[]", 400, "invalid JSON: json: cannot unmarshal array into Go struct field CreateRequest of type CreateRequest")]
    [InlineData("POST", "/networks/nosuch/connect", "{\"Container\":\"x\"}", 404, "No such container: x")]
    [InlineData("POST", "/networks/bridge/disconnect", "{\"Container\":\"x\",\"Force\":true}", 404, "endpoint x not found")]
    [InlineData("DELETE", "/networks/none", "", 403, "none is a pre-defined network and cannot be removed")]
    public async Task A_refusal_has_Dockers_status_and_words(string method, string target, string body, int status, string message)
    {
        await using TestServer server = Serve();
        (int got, string answer) = await AskAsync(server, method, target.Replace("\"", "%22", StringComparison.Ordinal).Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal), body);
        using JsonDocument document = JsonDocument.Parse(answer);
        Assert.Equal((status, message), (got, document.RootElement.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Connect_and_disconnect_answer_with_nothing_and_prune_with_names()
    {
        Network lan = _bench.Create("lan");
        string id = NetworkBench.Id("web");
        _bench.Allocate(lan, "other");
        _bench.Members.All["web"] = _bench.Members.All[id] = new NetworkMember(id, "web", "bridge", ["bridge"], IsRunning: true);
        await using TestServer server = Serve();
        Assert.Equal((200, ""), await AskAsync(server, "POST", "/networks/lan/connect", """{"Container":"web","EndpointConfig":{"IPAMConfig":{},"Aliases":[],"NetworkID":"","MacAddress":""}}"""));
        Assert.Equal((200, ""), await AskAsync(server, "POST", "/networks/lan/disconnect", $$"""{"Container":"{{id}}"}"""));
        Assert.Equal((200, """{"NetworksDeleted":null}"""), await AskAsync(server, "POST", "/networks/prune"));
        _bench.Networks.Release(lan.Id, NetworkBench.Id("other"));
        Assert.Equal((200, """{"NetworksDeleted":["lan"]}"""), await AskAsync(server, "POST", "/networks/prune"));
    }

    [Theory]
    [InlineData("/networks/host", "[]")]
    [InlineData("/v1.43/networks/host", "[]")]
    [InlineData("/v1.51/networks/host", "null")]
    public async Task A_network_without_addresses_shows_none_as_its_time_did(string target, string config)
    {
        await using TestServer server = Serve();
        Assert.Contains($"\"IPAM\":{{\"Driver\":\"default\",\"Options\":null,\"Config\":{config}}}", (await AskAsync(server, "GET", target)).Body, StringComparison.Ordinal);
    }

    private TestServer Serve()
    {
        NetworkStore networks = _bench.Networks;
        List<Route> routes =
        [
            new("GET", "/networks", new NetworkList(networks).HandleAsync),
            new("POST", "/networks/create", new NetworkCreate(networks).HandleAsync),
            new("POST", "/networks/prune", new NetworkPruneEndpoint(new NetworkPrune(networks, TimeProvider.System)).HandleAsync),
            new("GET", "/networks/{id}", new NetworkInspect(networks).HandleAsync),
            new("DELETE", "/networks/{id}", new NetworkRemove(networks).HandleAsync),
            new("POST", "/networks/{id}/connect", new NetworkConnect(_bench.Connections).HandleAsync),
            new("POST", "/networks/{id}/disconnect", new NetworkDisconnect(_bench.Connections).HandleAsync),
        ];
        return new TestServer(new ApiDispatcher(routes, new ApiIdentity("28.5.2", "0.1.0", CalledAsBalena: false), NullLogger.Instance).HandleAsync);
    }

    private static string WithoutTime(string json)
    {
        int start = json.IndexOf("\"Created\":\"", StringComparison.Ordinal) + 11;
        return json[..start] + "CREATED" + json[json.IndexOf('"', start)..];
    }

    private static async Task<(int Status, string Body)> AskAsync(TestServer server, string method, string target, string json = "")
    {
        await using HttpClientConnection client = await server.ConnectClientAsync();
        HttpClientRequest request = new(method, target, "x") { Body = json.Length == 0 ? null : new MemoryStream(Encoding.UTF8.GetBytes(json)) };
        request.Headers["Content-Type"] = json.Length == 0 ? null : "application/json";
        await using HttpClientResponse response = await client.SendAsync(request, CancellationToken.None);
        return (response.Status, Encoding.UTF8.GetString(await response.ReadAllAsync(1 << 20, CancellationToken.None)).TrimEnd());
    }
}
