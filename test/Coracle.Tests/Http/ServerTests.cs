using System.Text;
using Coracle.Http;

namespace Coracle.Tests.Http;

public sealed class ServerTests
{
    private static async Task EchoAsync(HttpRequest request, HttpResponse response)
    {
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, request.Aborted);
        string text = $"{request.Method} {request.Path} [{Encoding.Latin1.GetString(body.ToArray())}]";
        response.ContentLength = text.Length;
        await response.Body.WriteAsync(Encoding.Latin1.GetBytes(text), request.Aborted);
    }

    [Fact]
    public async Task Two_requests_in_one_write_are_answered_in_order()
    {
        await using TestServer server = new(EchoAsync);
        string answers = await server.TalkAsync(
            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.Matches("(?s)^HTTP/1.1 200 OK.*POST /a \\[abc\\]HTTP/1.1 200 OK.*GET /b \\[\\]$", answers);
    }

    [Fact]
    public async Task The_end_of_a_request_is_not_taken_for_the_end_of_the_one_behind_it()
    {
        // The client has ended its sending: the watch of the first request must not cancel the second.
        await using TestServer server = new(async (request, response) =>
        {
            await Task.Yield();
            Assert.False(request.Aborted.IsCancellationRequested);
            await EchoAsync(request, response);
        });
        for (int round = 0; round < 300; round++)
        {
            string answers = await server.TalkAsync(
                "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            Assert.Matches("(?s)POST /a \\[abc\\].*GET /b \\[\\].*GET /c \\[\\]$", answers);
        }
    }

    [Fact]
    public async Task A_chunked_body_arrives_whole_and_the_connection_goes_on()
    {
        await using TestServer server = new(EchoAsync);
        using RawClient client = await server.ConnectAsync();
        foreach (string path in (string[])["/1", "/2"])
        {
            await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrail: er\r\n\r\n");
            Assert.Contains("Content-Length", await client.ReadUntilAsync($"{path} [abcde]"));
        }
    }

    [Theory]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400)]
    [InlineData("Content-Length: 3\r\nContent-Length: 3\r\n", 400)]
    [InlineData("Content-Length: +3\r\n", 400)]
    [InlineData("Content-Length: 3, 3\r\n", 400)]
    [InlineData("Content-Length: -1\r\n", 400)]
    [InlineData("Content-Length: 99999999999999999999\r\n", 400)]
    [InlineData("Content-Length:\r\n", 400)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", 501)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501)]
    [InlineData("Transfer-Encoding : chunked\r\n", 400)]
    [InlineData("X: a\r\n b\r\n", 400)]
    [InlineData("X: a\nY: b\r\n", 400)]
    [InlineData("X: a\0\r\n", 400)]
    [InlineData("Host: y\r\n", 400)]
    [InlineData(": v\r\n", 400)]
    [InlineData("Expect: miracles\r\n", 417)]
    public async Task A_request_that_two_readers_could_read_differently_is_refused(string fields, int status)
    {
        await using TestServer server = new(EchoAsync);
        string answer = await server.TalkAsync($"POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\nabc");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.Contains("Connection: close", answer);
    }

    [Theory]
    [InlineData("GET / HTTP/2.0\r\n\r\n", 505)]
    [InlineData("GET / HTP/1.1\r\n\r\n", 400)]
    [InlineData("GET  HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    public async Task A_malformed_request_line_is_refused(string request, int status)
    {
        await using TestServer server = new(EchoAsync);
        Assert.StartsWith($"HTTP/1.1 {status} ", await server.TalkAsync(request));
    }

    [Theory]
    [InlineData("xyz\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("0x3\r\nabc\r\n")]
    [InlineData("1000000000000000\r\n")]
    [InlineData("3\nabc\r\n")]
    [InlineData("3\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("\r\n")]
    public async Task A_bad_chunk_is_refused_and_the_connection_closed(string chunks)
    {
        await using TestServer server = new(EchoAsync);
        string answer = await server.TalkAsync($"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        Assert.StartsWith("HTTP/1.1 400 ", answer);
    }

    [Fact]
    public async Task A_head_without_end_is_refused_at_its_bound()
    {
        await using TestServer server = new(EchoAsync, new() { MaxHeadBytes = 8192 });
        Assert.StartsWith("HTTP/1.1 431 ", await server.TalkAsync("GET / HTTP/1.1\r\nX: " + new string('a', 20_000)));
        string many = string.Concat(Enumerable.Repeat("X: y\r\n", 200));
        Assert.StartsWith("HTTP/1.1 431 ", await server.TalkAsync($"GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"));
    }

    [Fact]
    public async Task Continue_is_said_when_the_handler_reads_and_not_before()
    {
        TaskCompletionSource read = new();
        await using TestServer server = new(async (request, response) =>
        {
            if (request.Path == "/wanted")
            {
                await read.Task;
                await EchoAsync(request, response);
            }
            else
            {
                response.Status = 403;
            }
        });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("POST /wanted HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        read.SetResult();
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("hi");
        Assert.StartsWith("HTTP/1.1 200", await client.ReadUntilAsync("[hi]"));

        await client.SendAsync("POST /unwanted HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        string refusal = await client.ReadUntilAsync("\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403", refusal);
        Assert.Contains("Connection: close", refusal);
    }

    [Fact]
    public async Task Each_write_is_on_the_wire_when_it_returns()
    {
        SemaphoreSlim seen = new(0);
        await using TestServer server = new(async (request, response) =>
        {
            for (int i = 0; i < 3; i++)
            {
                await response.Body.WriteAsync(Encoding.ASCII.GetBytes($"line {i}\n"), request.Aborted);
                Assert.True(await seen.WaitAsync(TestServer.Deadline));
            }
        });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        for (int i = 0; i < 3; i++)
        {
            Assert.Contains($"line {i}", await client.ReadUntilAsync($"line {i}\n\r\n"));
            seen.Release();
        }

        await client.ReadUntilAsync("0\r\n\r\n");
    }

    [Fact]
    public async Task A_client_that_leaves_aborts_its_request()
    {
        TaskCompletionSource begun = new();
        TaskCompletionSource aborted = new();
        await using TestServer server = new(async (request, _) =>
        {
            request.Aborted.Register(aborted.SetResult);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, request.Aborted);
        });
        RawClient client = await server.ConnectAsync();
        await client.SendAsync("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        await begun.Task.WaitAsync(TestServer.Deadline);
        client.Dispose();
        await aborted.Task.WaitAsync(TestServer.Deadline);
    }

    [Fact]
    public async Task A_client_that_only_ends_its_sending_is_answered_and_noticed_when_it_leaves()
    {
        TaskCompletionSource aborted = new();
        await using TestServer server = new(
            async (request, response) =>
            {
                request.Aborted.Register(aborted.SetResult);
                await response.Body.WriteAsync("first"u8.ToArray(), request.Aborted);
                await Task.Delay(Timeout.Infinite, request.Aborted);
            },
            new() { HalfClosedPoll = TimeSpan.FromMilliseconds(10) });
        RawClient client = await server.ConnectAsync();
        await client.SendAsync("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
        client.EndWrites();
        await client.ReadUntilAsync("first");
        Assert.False(aborted.Task.IsCompleted);
        client.Dispose();
        await aborted.Task.WaitAsync(TestServer.Deadline);
    }

    [Fact]
    public async Task Head_204_and_304_have_no_body()
    {
        await using TestServer server = new(async (request, response) =>
        {
            response.Status = int.Parse(request.Path[1..]);
            await response.Body.WriteAsync("never seen"u8.ToArray(), request.Aborted);
        });
        using RawClient client = await server.ConnectAsync();
        foreach ((string method, int status) in new[] { ("HEAD", 200), ("GET", 204), ("GET", 304) })
        {
            await AssertBodylessAsync(client, method, status);
        }
    }

    private static async Task AssertBodylessAsync(RawClient client, string method, int status)
    {
        await client.SendAsync($"{method} /{status} HTTP/1.1\r\nHost: x\r\n\r\n");
        string head = await client.ReadUntilAsync("\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", head);
        Assert.DoesNotContain("Transfer-Encoding", head);
    }

    [Fact]
    public async Task A_handler_that_fails_before_a_byte_is_500_and_after_it_a_cut()
    {
        await using TestServer server = new(async (request, response) =>
        {
            if (request.Path == "/late")
            {
                await response.Body.WriteAsync("some"u8.ToArray(), request.Aborted);
            }

            throw new InvalidDataException("a bug");
        });
        Assert.StartsWith("HTTP/1.1 500 ", await server.TalkAsync("GET /early HTTP/1.1\r\nHost: x\r\n\r\n"));
        string cut = await server.TalkAsync("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.EndsWith("some\r\n", cut);
    }

    [Fact]
    public async Task An_old_client_gets_bytes_up_to_the_close()
    {
        await using TestServer server = new(async (_, response) => await response.Body.WriteAsync("all of it"u8.ToArray()));
        string answer = await server.TalkAsync("GET / HTTP/1.0\r\n\r\n");
        Assert.EndsWith("\r\n\r\nall of it", answer);
        Assert.DoesNotContain("chunked", answer);
    }

    [Fact]
    public async Task A_body_that_nobody_reads_is_dropped_and_the_connection_kept()
    {
        await using TestServer server = new((_, _) => Task.CompletedTask);
        using RawClient client = await server.ConnectAsync();
        string body = new('b', 100_000);
        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            Assert.StartsWith("HTTP/1.1 200", await client.ReadUntilAsync("\r\n\r\n"));
        }
    }

    [Fact]
    public async Task Stopping_closes_idle_connections_and_lets_a_request_finish()
    {
        TaskCompletionSource begun = new();
        TaskCompletionSource finish = new();
        await using TestServer server = new(async (request, response) =>
        {
            if (request.Path == "/slow")
            {
                begun.SetResult();
                await finish.Task;
            }

            await EchoAsync(request, response);
        });
        using RawClient idle = await server.ConnectAsync();
        await idle.SendAsync("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
        await idle.ReadUntilAsync("[]");
        using RawClient busy = await server.ConnectAsync();
        await busy.SendAsync("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        await begun.Task.WaitAsync(TestServer.Deadline);

        Task stopping = server.Server.StopAsync();
        Assert.Equal("", await idle.ReadToEndAsync());
        finish.SetResult();
        Assert.EndsWith("GET /slow []", await busy.ReadToEndAsync());
        await stopping.WaitAsync(TestServer.Deadline);
    }
}
