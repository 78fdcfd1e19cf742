using System.Text;
using Coracle.Http;

namespace Coracle.Tests.Http;

/// <summary>Clients that take their time: they get their answer, or their place is taken away, and nobody else notices.</summary>
public sealed class SlowClientTests
{
    private const string Request = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_the_same_request()
    {
        await using TestServer server = new(EchoAsync);
        using RawClient client = await server.ConnectAsync();
        foreach (char c in Request)
        {
            await client.SendAsync(c.ToString());
        }

        Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadUntilAsync("[abcde]"));
    }

    [Fact]
    public async Task A_head_that_takes_too_long_is_refused()
    {
        await using TestServer server = new(EchoAsync, new() { HeadTimeout = TimeSpan.FromMilliseconds(100) });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("GET / HTT");
        Assert.StartsWith("HTTP/1.1 408 Request Timeout", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task An_idle_connection_is_not_a_head_that_takes_too_long()
    {
        await using TestServer server = new(EchoAsync, new() { HeadTimeout = TimeSpan.FromMilliseconds(50) });
        using RawClient idle = await server.ConnectAsync(), slow = await server.ConnectAsync();
        await slow.SendAsync("G");
        await slow.ReadToEndAsync(); // by now the idle one would have been refused as well
        await idle.SendAsync("GET /still HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK", await idle.ReadUntilAsync("GET /still []"));
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nabc")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\nabc")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n6")]
    public async Task A_body_that_is_wanted_whole_and_stops_coming_is_refused(string rest)
    {
        await using TestServer server = new(ReadWholeAsync, new() { BodyTimeout = TimeSpan.FromMilliseconds(100) });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\n" + rest);
        Assert.StartsWith("HTTP/1.1 408 Request Timeout", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_body_that_nobody_wants_and_that_stops_coming_ends_the_connection()
    {
        await using TestServer server = new((_, _) => Task.CompletedTask, new() { BodyTimeout = TimeSpan.FromMilliseconds(100) });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
        Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 1000)]
    [InlineData(4096, 4096)]
    [InlineData(4097, -1)]
    [InlineData(100_000, -1)]
    public async Task A_whole_body_is_read_up_to_its_bound_however_it_is_framed(int length, int read)
    {
        int seen = 0;
        await using TestServer server = new(async (request, _) => seen = (await request.ReadAllAsync(4096))?.Length ?? -1);
        string body = new('x', length);
        await server.TalkAsync($"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        Assert.Equal(read, seen);
        await server.TalkAsync($"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}{(length > 0 ? "\r\n0\r\n\r\n" : "\r\n")}");
        Assert.Equal(read, seen);
    }

    [Fact]
    public async Task Who_never_reads_waits_alone()
    {
        TaskCompletionSource stuck = new();
        await using TestServer server = new(async (request, response) =>
        {
            if (request.Path == "/much")
            {
                Task writing = WriteMuchAsync(response, request.Aborted);
                stuck.TrySetResult();
                await writing;
            }
        });
        List<RawClient> deaf = [];
        for (int i = 0; i < 100; i++)
        {
            deaf.Add(await server.ConnectAsync());
            await deaf[i].SendAsync("GET /much HTTP/1.1\r\nHost: x\r\n\r\n");
        }

        await stuck.Task.WaitAsync(TestServer.Deadline);
        Assert.StartsWith("HTTP/1.1 200", await server.TalkAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        deaf.ForEach(client => client.Dispose());
    }

    private static async Task WriteMuchAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[64 * 1024];
        for (int i = 0; i < 200; i++)
        {
            await response.Body.WriteAsync(piece, cancellationToken);
        }
    }

    private static async Task ReadWholeAsync(HttpRequest request, HttpResponse response) => await request.ReadAllAsync(8 << 20);

    private static async Task EchoAsync(HttpRequest request, HttpResponse response)
    {
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, request.Aborted);
        await response.Body.WriteAsync(Encoding.Latin1.GetBytes($"{request.Method} {request.Path} [{Encoding.Latin1.GetString(body.ToArray())}]"), request.Aborted);
    }
}
