using System.Text;
using Coracle.Http;

namespace Coracle.Tests.Http;

public sealed class HijackTests
{
    private const string Mux = "application/vnd.docker.multiplexed-stream";

    private const string UpgradeFields = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

    private const string Answer101 = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
        + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

    private const string Answer200 = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";

    /// <summary>Reads to the client's half-close, then goes on writing: what a container does after its stdin has ended.</summary>
    private static async Task CatThenMoreAsync(HttpRequest request, HttpResponse response)
    {
        HijackedStream stream = await response.HijackAsync(Mux, request.Aborted);
        byte[] buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read));
        }

        for (int i = 0; i < 3; i++)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($" after {i}"));
        }
    }

    [Theory]
    [InlineData(UpgradeFields + "Content-Length: 0\r\n", "", Answer101)]
    [InlineData(UpgradeFields + "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}", Answer101)]
    [InlineData(UpgradeFields + "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n", Answer101)]
    [InlineData("Content-Length: 0\r\n", "", Answer200)]
    [InlineData("Content-Length: 2\r\n", "{}", Answer200)]
    public async Task The_answer_is_Dockers_to_the_byte_and_output_after_half_close_is_not_lost(string fields, string body, string answer)
    {
        await using TestServer server = new(CatThenMoreAsync);
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync($"POST /attach HTTP/1.1\r\nHost: x\r\n{fields}\r\n{body}");
        Assert.Equal(answer, await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("input");
        client.EndWrites();
        Assert.Equal("input after 0 after 1 after 2", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Bytes_that_follow_the_request_at_once_are_the_streams_first()
    {
        await using TestServer server = new(CatThenMoreAsync);
        string all = await server.TalkAsync($"POST /attach HTTP/1.1\r\nHost: x\r\n{UpgradeFields}\r\nearly");
        Assert.Equal(Answer101 + "early after 0 after 1 after 2", all);
    }

    [Fact]
    public async Task A_chunked_body_without_upgrade_is_the_input()
    {
        await using TestServer server = new(CatThenMoreAsync);
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("POST /attach HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
        Assert.Equal(Answer200 + "ab", await client.ReadUntilAsync("ab"));
        await client.SendAsync("0\r\n\r\n");
        Assert.Equal(" after 0 after 1 after 2", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task When_the_output_ends_the_client_sees_it_while_its_input_is_still_read()
    {
        TaskCompletionSource<string> heard = new();
        await using TestServer server = new(async (request, response) =>
        {
            HijackedStream stream = await response.HijackAsync(Mux, request.Aborted);
            await stream.WriteAsync("bye"u8.ToArray());
            await stream.CompleteWritesAsync();
            byte[] buffer = new byte[64];
            int count = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(count))) > 0)
            {
                count += read;
            }

            heard.SetResult(Encoding.ASCII.GetString(buffer, 0, count));
        });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync($"POST /attach HTTP/1.1\r\nHost: x\r\n{UpgradeFields}\r\n");
        Assert.Equal(Answer101 + "bye", await client.ReadToEndAsync());
        await client.SendAsync("still here");
        client.EndWrites();
        Assert.Equal("still here", await heard.Task.WaitAsync(TestServer.Deadline));
    }

    [Fact]
    public async Task A_connection_that_has_served_before_can_be_hijacked()
    {
        await using TestServer server = new((request, response)
            => request.Path == "/attach" ? CatThenMoreAsync(request, response) : Task.CompletedTask);
        await using HttpClientConnection client = await server.ConnectClientAsync();
        await (await client.SendAsync(new("GET", "/_ping", "x"), CancellationToken.None)).DisposeAsync();
        HijackResult hijack = await client.HijackAsync(new("POST", "/attach", "x"), CancellationToken.None);
        Assert.Equal(Mux, hijack.ContentType);
        await using HijackedStream stream = hijack.Stream!;
        await stream.WriteAsync("x"u8.ToArray());
        await stream.CompleteWritesAsync();
        using MemoryStream all = new();
        await stream.CopyToAsync(all);
        Assert.Equal("x after 0 after 1 after 2", Encoding.ASCII.GetString(all.ToArray()));
    }

    [Fact]
    public async Task A_refused_hijack_gives_the_answer()
    {
        await using TestServer server = new(async (request, response) =>
        {
            response.Status = 404;
            await response.Body.WriteAsync("no such container"u8.ToArray(), request.Aborted);
        });
        await using HttpClientConnection client = await server.ConnectClientAsync();
        HijackResult hijack = await client.HijackAsync(new("POST", "/attach", "x"), CancellationToken.None);
        Assert.Null(hijack.Stream);
        Assert.Equal("no such container"u8.ToArray(), await hijack.Refusal!.ReadAllAsync(100, CancellationToken.None));
    }

    [Fact]
    public async Task A_write_to_a_client_that_left_says_so()
    {
        TaskCompletionSource<Exception> failure = new();
        await using TestServer server = new(async (request, response) =>
        {
            HijackedStream stream = await response.HijackAsync(Mux, request.Aborted);
            byte[] much = new byte[1 << 20];
            try
            {
                while (true)
                {
                    await stream.WriteAsync(much);
                }
            }
            catch (ConnectionLostException e)
            {
                failure.SetResult(e);
            }
        });
        RawClient client = await server.ConnectAsync();
        await client.SendAsync($"POST /attach HTTP/1.1\r\nHost: x\r\n{UpgradeFields}\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        client.Dispose();
        await failure.Task.WaitAsync(TestServer.Deadline);
    }
}
