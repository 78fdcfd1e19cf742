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
