using Coracle.Http;

namespace Coracle.Registry;

/// <summary>The idle connections of one pull, by endpoint. A handful: as many as layers are fetched at the same time.</summary>
internal sealed class ConnectionPool(IRegistryTransport transport) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(RegistryEndpoint Endpoint, HttpClientConnection Connection)> _idle = [];
    private bool _disposed;

    /// <returns>A connection, and whether it has been used before: then the server may have hung up in the meantime.</returns>
    public async ValueTask<(HttpClientConnection Connection, bool IsUsed)> TakeAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            int found = _idle.FindIndex(idle => idle.Endpoint == endpoint);
            if (found >= 0)
            {
                HttpClientConnection connection = _idle[found].Connection;
                _idle.RemoveAt(found);
                return (connection, true);
            }
        }

        return (new HttpClientConnection(await transport.ConnectAsync(endpoint, cancellationToken)), false);
    }

    /// <summary>Gives a connection back; one that takes no further request is closed.</summary>
    public ValueTask ReturnAsync(RegistryEndpoint endpoint, HttpClientConnection connection)
    {
        lock (_lock)
        {
            if (connection.IsReusable && !_disposed)
            {
                _idle.Add((endpoint, connection));
                return ValueTask.CompletedTask;
            }
        }

        return connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        List<(RegistryEndpoint Endpoint, HttpClientConnection Connection)> idle;
        lock (_lock)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach ((_, HttpClientConnection connection) in idle)
        {
            await connection.DisposeAsync();
        }
    }
}
