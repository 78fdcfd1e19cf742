using System.Text;
using Coracle.Http;

namespace Coracle.Tests.Http;

/// <summary>Many connections at once, and more than there are places for.</summary>
public sealed class CrowdTests
{
    private static string Get(object path) => $"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n";

    [Fact]
    public async Task Two_hundred_connections_half_of_them_slow_are_served_again_and_again()
    {
        const int Clients = 200;
        await using TestServer server = new(EchoPathAsync);
        RawClient[] clients = await ConnectAsync(server, Clients);
        for (int round = 0; round < 3; round++)
        {
            await Task.WhenAll(clients.Select((client, i) => AskAsync(client, $"r{round}c{i}", slowly: i % 2 == 0)));
        }

        Assert.Equal(Clients, server.Server.ConnectionCount);
        Array.ForEach(clients, client => client.Dispose());
        await server.EmptyAsync();
    }

    [Fact]
    public async Task A_hundred_requests_in_one_write_are_answered_in_order()
    {
        await using TestServer server = new(EchoPathAsync);
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(0, 100).Select(i => Get(i))));
        client.EndWrites();
        string answers = await client.ReadToEndAsync();
        Assert.Equal(string.Concat(Enumerable.Range(0, 100).Select(i => $"</{i}>")), string.Concat(System.Text.RegularExpressions.Regex.Matches(answers, "</\\d+>").Select(m => m.Value)));
    }

    [Fact]
    public async Task Above_the_limit_the_longest_idle_one_makes_room()
    {
        await using TestServer server = new(EchoPathAsync, new() { MaxConnections = 4 });
        RawClient[] idle = await ConnectAsync(server, 4);
        foreach (RawClient client in idle)
        {
            await AskAsync(client, "first", slowly: false);
        }

        using RawClient fifth = await server.ConnectAsync();
        await AskAsync(fifth, "fifth", slowly: false);

        Assert.Equal("", await idle[0].ReadToEndAsync()); // closed: it was idle longest
        await AskAsync(idle[3], "last", slowly: false);
        Array.ForEach(idle, client => client.Dispose());
    }

    [Fact]
    public async Task Half_heads_do_not_keep_anybody_out_either()
    {
        await using TestServer server = new(EchoPathAsync, new() { MaxConnections = 4 });
        RawClient[] slow = await ConnectAsync(server, 4);
        foreach (RawClient client in slow)
        {
            await client.SendAsync("GET /");
        }

        using RawClient fifth = await server.ConnectAsync();
        await AskAsync(fifth, "fifth", slowly: false);
        Array.ForEach(slow, client => client.Dispose());
    }

    [Fact]
    public async Task A_request_under_way_is_never_cut_for_the_next_client()
    {
        TaskCompletionSource busy = new(), finish = new();
        int running = 0;
        await using TestServer server = new(async (request, response) =>
        {
            if (Interlocked.Increment(ref running) == 2)
            {
                busy.SetResult();
            }

            await finish.Task;
            await EchoPathAsync(request, response);
        }, new() { MaxConnections = 2 });
        RawClient[] workers = await ConnectAsync(server, 2);
        await workers[0].SendAsync(Get("0"));
        await workers[1].SendAsync(Get("1"));
        await busy.Task.WaitAsync(TestServer.Deadline);

        using RawClient third = await server.ConnectAsync(); // in the backlog
        await third.SendAsync(Get("3"));
        finish.SetResult();

        await workers[0].ReadUntilAsync("</0>");
        await workers[1].ReadUntilAsync("</1>");
        workers[0].Dispose();
        await third.ReadUntilAsync("</3>");
        workers[1].Dispose();
    }

    [Fact]
    public async Task The_next_client_gets_the_place_of_one_that_was_busy_and_stays()
    {
        TaskCompletionSource busy = new(), finish = new();
        await using TestServer server = new(async (request, response) =>
        {
            busy.TrySetResult();
            await finish.Task;
            await EchoPathAsync(request, response);
        }, new() { MaxConnections = 1 });
        using RawClient worker = await server.ConnectAsync();
        await worker.SendAsync(Get("0"));
        await busy.Task.WaitAsync(TestServer.Deadline);

        using RawClient next = await server.ConnectAsync();
        await next.SendAsync(Get("1"));
        finish.SetResult();

        await worker.ReadUntilAsync("</0>"); // and keeps its connection
        await next.ReadUntilAsync("</1>");
        Assert.Equal("", await worker.ReadToEndAsync());
    }

    private static async Task<RawClient[]> ConnectAsync(TestServer server, int count)
    {
        RawClient[] clients = new RawClient[count];
        for (int i = 0; i < count; i++)
        {
            clients[i] = await server.ConnectAsync();
        }

        return clients;
    }

    private static async Task AskAsync(RawClient client, string path, bool slowly)
    {
        string request = Get(path);
        foreach (string piece in slowly ? request.Chunk(3).Select(chars => new string(chars)) : [request])
        {
            await client.SendAsync(piece);
            await Task.Yield();
        }

        Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadUntilAsync($"</{path}>"));
    }

    private static async Task EchoPathAsync(HttpRequest request, HttpResponse response)
    {
        byte[] text = Encoding.ASCII.GetBytes($"<{request.Path}>");
        response.ContentLength = text.Length;
        await response.Body.WriteAsync(text, request.Aborted);
    }
}
