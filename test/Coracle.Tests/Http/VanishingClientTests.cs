using System.Text;
using Coracle.Http;

namespace Coracle.Tests.Http;

/// <summary>Clients that leave, in every state there is and in every way: nothing of them stays, and the next one is served.</summary>
public sealed class VanishingClientTests
{
    private const string Whole = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

    private const string Chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

    public enum Way
    {
        Close,
        HalfClose,

        /// <summary>RST, over TCP.</summary>
        Reset,
    }

    [Theory]
    [InlineData(Whole, Way.Close), InlineData(Whole, Way.HalfClose), InlineData(Whole, Way.Reset, true)]
    [InlineData(Chunked, Way.Close), InlineData(Chunked, Way.HalfClose, true), InlineData(Chunked, Way.Reset, true)]
    public async Task Half_a_request_is_no_request_wherever_it_ends(string request, Way way, bool tcp = false)
    {
        int whole = 0;
        await using TestServer server = new(async (asked, response) =>
        {
            using MemoryStream body = new();
            await asked.Body.CopyToAsync(body, asked.Aborted);
            Interlocked.Increment(ref whole);
        }, tcp: tcp);
        for (int length = 0; length < request.Length; length++)
        {
            using RawClient client = await server.ConnectAsync();
            await client.SendAsync(request[..length]);
            await LeaveAsync(client, way);
        }

        await server.EmptyAsync();
        Assert.Equal(0, whole);
        using RawClient last = await server.ConnectAsync();
        await last.SendAsync(request.Replace("Host: x", "Host: x\r\nConnection: close", StringComparison.Ordinal));
        string answer = await last.ReadToEndAsync();
        Assert.Equal([200], HttpShape.Statuses(answer));
    }

    [Theory, InlineData(Way.Close), InlineData(Way.Close, true), InlineData(Way.Reset, true)]
    public async Task A_client_that_leaves_while_its_answer_is_made_aborts_it(Way way, bool tcp = false)
    {
        TaskCompletionSource aborted = new();
        await using TestServer server = new(async (request, response) =>
        {
            using CancellationTokenRegistration told = request.Aborted.Register(aborted.SetResult);
            await response.StartAsync(CancellationToken.None);
            await Task.Delay(Timeout.Infinite, request.Aborted);
        }, tcp: tcp);
        using (RawClient client = await server.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            if (way == Way.Close)
            {
                await client.ReadUntilAsync("\r\n\r\n");
            }

            await LeaveAsync(client, way);
        }

        await aborted.Task.WaitAsync(TestServer.Deadline);
        await server.EmptyAsync();
    }

    [Theory, InlineData(Way.Close), InlineData(Way.Close, true), InlineData(Way.Reset, true)]
    public async Task A_client_that_leaves_in_the_middle_of_its_answer_ends_it(Way way, bool tcp = false)
    {
        TaskCompletionSource<Exception> ended = new();
        await using TestServer server = new(async (request, response) =>
        {
            try
            {
                while (true)
                {
                    await response.Body.WriteAsync(new byte[8192], request.Aborted);
                }
            }
            catch (Exception e)
            {
                ended.SetResult(e);
                throw;
            }
        }, tcp: tcp);
        using (RawClient client = await server.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await client.ReadUntilAsync("\r\n\r\n");
            await LeaveAsync(client, way);
        }

        Exception error = await ended.Task.WaitAsync(TestServer.Deadline);
        Assert.True(error is ConnectionLostException or OperationCanceledException, error.ToString());
        await server.EmptyAsync();
    }

    [Theory]
    [InlineData(false, Way.Close), InlineData(false, Way.Reset, true), InlineData(true, Way.Close), InlineData(true, Way.Reset, true)]
    public async Task A_client_that_leaves_a_stream_is_noticed_whichever_direction_was_closed(bool serverHalfClosed, Way way, bool tcp = false)
    {
        TaskCompletionSource<int> read = new();
        TaskCompletionSource writesEnded = new(); // or the client's end could come to the write, which says so, too, but is not what is tested
        await using TestServer server = new(async (request, response) =>
        {
            await using HijackedStream stream = await response.HijackAsync("application/vnd.docker.raw-stream", request.Aborted);
            await stream.WriteAsync("hello"u8.ToArray());
            if (serverHalfClosed)
            {
                await stream.CompleteWritesAsync();
            }

            writesEnded.SetResult();
            read.SetResult(await stream.ReadAsync(new byte[10]));
        }, tcp: tcp);
        using (RawClient client = await server.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            await client.ReadUntilAsync(way == Way.Close ? "hello" : "\r\n\r\n");
            await writesEnded.Task.WaitAsync(TestServer.Deadline);
            await LeaveAsync(client, way);
        }

        Assert.Equal(0, await read.Task.WaitAsync(TestServer.Deadline));
        await server.EmptyAsync();
    }

    [Fact]
    public async Task A_client_that_half_closed_its_stream_still_hears_the_end_of_it()
    {
        await using TestServer server = new(async (request, response) =>
        {
            await using HijackedStream stream = await response.HijackAsync("application/vnd.docker.raw-stream", request.Aborted);
            using MemoryStream input = new();
            await stream.CopyToAsync(input);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"[{Encoding.ASCII.GetString(input.ToArray())}]"));
        });
        using RawClient client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nabc");
        client.EndWrites();
        Assert.EndsWith("\r\n\r\n[abc]", await client.ReadToEndAsync());
        await server.EmptyAsync();
    }

    private static async Task LeaveAsync(RawClient client, Way way)
    {
        switch (way)
        {
            case Way.HalfClose:
                client.EndWrites();
                await client.ReadToEndAsync();
                break;
            case Way.Reset:
                client.Reset();
                break;
            default:
                client.Dispose();
                break;
        }
    }
}
