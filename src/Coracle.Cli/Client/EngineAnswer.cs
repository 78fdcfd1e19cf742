using Coracle.Http;

namespace Coracle.Cli;

/// <summary>One answer and the connection it came by.</summary>
internal sealed class EngineAnswer(HttpClientConnection connection, HttpClientResponse response) : IAsyncDisposable
{
    public HttpClientResponse Response => response;

    /// <summary>Closes the connection: whatever of the body is unread is not wanted any more.</summary>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
