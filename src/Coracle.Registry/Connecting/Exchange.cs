using Coracle.Http;

namespace Coracle.Registry;

/// <summary>A response and the connection it came by. Disposing gives the connection back if the body was read to its end.</summary>
internal sealed class Exchange(ConnectionPool pool, RegistryEndpoint endpoint, HttpClientConnection connection, HttpClientResponse response)
    : IAsyncDisposable
{
    private bool _finished;

    public HttpClientResponse Response => response;

    public RegistryEndpoint Endpoint => endpoint;

    /// <summary>Reads a short body whole.</summary>
    public async Task<byte[]> ReadAllAsync(int maxBytes, SilenceTimer silence)
    {
        byte[] body = await response.ReadAllAsync(maxBytes, silence.Listen());
        silence.Rest();
        _finished = true;
        return body;
    }

    /// <summary>The beginning of an error's body.</summary>
    public async Task<byte[]> ReadSomeAsync(int maxBytes, SilenceTimer silence)
    {
        byte[] buffer = new byte[maxBytes];
        int count = 0, read;
        do
        {
            read = await response.Body.ReadAsync(buffer.AsMemory(count), silence.Listen());
            count += read;
        }
        while (read > 0 && count < maxBytes);

        silence.Rest();
        _finished = read == 0;
        return buffer[..count];
    }

    /// <summary>The body is at its end: the connection may serve the next request.</summary>
    public void Finished() => _finished = true;

    public async ValueTask DisposeAsync()
    {
        if (!_finished)
        {
            // Ending the response would wait for its rest, from a server that may never send it.
            await connection.DisposeAsync();
            return;
        }

        await response.DisposeAsync();
        await pool.ReturnAsync(endpoint, connection);
    }
}
