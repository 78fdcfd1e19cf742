using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Coracle.E2E;

public sealed class WebSocketTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task A_terminal_is_typed_at_and_read()
    {
        string name = await CatAsync("-it");
        using ClientWebSocket socket = await OpenAsync(name, "stream=1&stdin=1&stdout=1&stderr=1");
        await socket.SendAsync("typed\n"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, Limit());
        await HoldsAsync(socket, "typed\r\ntyped\r\n");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        Assert.Equal("running", await InspectAsync(name, "{{.State.Status}}"));
    }

    [Fact]
    public async Task Without_a_terminal_both_streams_come_as_they_are_and_the_end_is_a_close()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "sh", "-c", "echo out; echo err >&2");
        using ClientWebSocket socket = await OpenAsync(id, "stream=1&stdout=1&stderr=1");
        (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        string seen = await ReadAsync(socket, _ => false);
        Assert.Equal(["err", "out"], seen.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal(WebSocketState.CloseReceived, socket.State);
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 leaves the frame's header in what it sends of the log
    public async Task The_past_comes_first()
    {
        string name = await SleeperAsync();
        using ClientWebSocket socket = await OpenAsync(name, "logs=1&stream=1&stdout=1&stderr=1");
        await HoldsAsync(socket, "ready\n");
        await Docker.SayAsync("stop", name);
        await HoldsAsync(socket, "terminated\n");
    }

    [Fact]
    public async Task Large_and_split_messages_arrive_whole()
    {
        string name = await CatAsync("-i");
        using ClientWebSocket socket = await OpenAsync(name, "stream=1&stdin=1&stdout=1");
        string large = new('x', 100_000);
        await socket.SendAsync(Encoding.ASCII.GetBytes("begin" + large), WebSocketMessageType.Binary, endOfMessage: false, Limit());
        await socket.SendAsync("end\n"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, Limit());
        Assert.Equal($"begin{large}end\n", await ReadAsync(socket, text => text.EndsWith('\n')));
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 just closes
    public async Task A_frame_without_a_mask_and_a_ping_get_their_answers()
    {
        string name = await CatAsync("-i");
        using RawConnection client = await HandshakeAsync(name);
        await client.SendAsync([0x89, 0x82, 0, 0, 0, 0, (byte)'h', (byte)'i']);
        await client.HoldsAsync("\u0002hi"); // a pong's second byte and its payload
        await client.SendAsync([0x82, 0x01, (byte)'x']);
        string rest = await client.ToEndAsync();
        Assert.EndsWith("\u0002\u0003\uFFFD", rest, StringComparison.Ordinal); // close, 1002 = 03 EA
    }

    [Fact]
    public async Task What_is_no_handshake_is_refused()
    {
        string name = await SleeperAsync();
        using RawConnection plain = await RawConnection.OpenAsync(Api, "GET", $"/containers/{name}/attach/ws?stream=1&stdout=1");
        Assert.Matches("^HTTP/1.1 400 ", plain.Head);
        (await Api.GetAsync("/containers/nosuch/attach/ws")).Has(404);
    }

    private Task<RawConnection> HandshakeAsync(string name) => RawConnection.OpenAsync(
        Api, "GET", $"/containers/{name}/attach/ws?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Rest:");

    private async Task<string> CatAsync(string options)
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", options, "--name", name, "--network", "none", App, "cat");
        return name;
    }

    private async Task<ClientWebSocket> OpenAsync(string container, string query)
    {
        ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Origin", "http://engine"); // dockerd's library wants one
        using HttpMessageInvoker invoker = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await Api.ConnectAsync(cancellationToken), ownsSocket: true),
        });
        await socket.ConnectAsync(new Uri($"ws://engine{RawApi.Version}/containers/{container}/attach/ws?{query}"), invoker, Limit());
        return socket;
    }

    private static Task<string> HoldsAsync(ClientWebSocket socket, string text) => ReadAsync(socket, seen => seen.Contains(text, StringComparison.Ordinal));

    /// <summary>Until it holds, or the engine closes.</summary>
    private static async Task<string> ReadAsync(ClientWebSocket socket, Func<string, bool> holds)
    {
        StringBuilder seen = new();
        byte[] piece = new byte[64 * 1024];
        while (!holds(seen.ToString()))
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(piece, Limit());
            if (result.MessageType == WebSocketMessageType.Close)
            {
                break;
            }

            seen.Append(Encoding.UTF8.GetString(piece, 0, result.Count));
        }

        return seen.ToString();
    }

    private static CancellationToken Limit() => new CancellationTokenSource(Deadline.Usual).Token;
}
