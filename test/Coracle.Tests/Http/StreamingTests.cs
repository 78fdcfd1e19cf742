using Coracle.Http;

namespace Coracle.Tests.Http;

/// <summary>Counts what the whole process allocates, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(StreamingTests), DisableParallelization = true)]
[Collection(nameof(StreamingTests))]
public sealed class StreamingTests
{
    [Fact]
    public async Task A_large_body_streams_both_ways_without_being_held()
    {
        const long Length = 64L * 1024 * 1024;
        await using TestServer server = new((request, response) => request.Body.CopyToAsync(response.Body, request.Aborted));
        await using HttpClientConnection client = await server.ConnectClientAsync();
        long before = GC.GetTotalAllocatedBytes();
        await using HttpClientResponse response = await client.SendAsync(
            new("POST", "/", "x") { Body = new Zeros(Length), ContentLength = Length }, CancellationToken.None);
        Assert.Equal(Length, await CountAsync(response.Body));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Length / 2);
    }

    [Fact]
    public async Task A_length_that_is_only_promised_takes_no_memory()
    {
        const int Clients = 50, Promised = 4 << 20;
        await using TestServer server = new(async (request, _) => await request.ReadAllAsync(8 << 20));
        List<RawClient> clients = [];
        long before = GC.GetTotalAllocatedBytes();
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(await server.ConnectAsync());
            await clients[i].SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {Promised}\r\n\r\n");
            await clients[i].ReadUntilAsync("Continue\r\n\r\n"); // the handler is reading
        }

        long each = (GC.GetTotalAllocatedBytes() - before) / Clients;
        clients.ForEach(client => client.Dispose());
        Assert.InRange(each, 0, 256 * 1024);
    }

    private static async Task<long> CountAsync(Stream stream)
    {
        byte[] buffer = new byte[64 * 1024];
        long count = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            count += read;
        }

        return count;
    }
}
