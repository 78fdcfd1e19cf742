using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Coracle.Http;

/// <summary>
/// An HTTP/1.1 server on any number of listening sockets. Each request goes to the one handler; when its task ends, the
/// answer is complete. Requests of one connection are handled one after the other.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    /// <summary>After an accept that failed for want of descriptors: trying again at once would only burn the processor.</summary>
    private static readonly TimeSpan _acceptPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks for an idle connection, while every place is taken.</summary>
    private static readonly TimeSpan _placePause = TimeSpan.FromMilliseconds(100);

    private const long CrowdedPauseMilliseconds = 60_000;

    private readonly Func<HttpRequest, HttpResponse, Task> _handler;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new(); // guards _running
    private readonly Dictionary<ServerConnection, Task> _running = [];
    private DateText _date = new(-1, "");
    private long _toldCrowded = -CrowdedPauseMilliseconds;

    public HttpServer(HttpServerOptions limits, Func<HttpRequest, HttpResponse, Task> handler, ILogger logger)
    {
        Options = limits;
        _handler = handler;
        _logger = logger;
        _slots = new SemaphoreSlim(limits.MaxConnections);
    }

    internal HttpServerOptions Options { get; }

    internal int ConnectionCount => Snapshot().Count;

    /// <summary>Accepts until the server stops, then closes the listener, which belongs to the server from here on.</summary>
    public async Task AcceptAsync(Socket listener)
    {
        using Socket closing = listener;
        try
        {
            while (true)
            {
                if (await AcceptOneAsync(listener) is { } client)
                {
                    await TakePlaceAsync(client);
                    Begin(client);
                }
                else
                {
                    await Task.Delay(_acceptPause, Options.Time, _stopping.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Stops accepting, closes idle connections, gives requests under way <see cref="HttpServerOptions.StopGrace"/>, then cuts them.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        foreach (ServerConnection connection in Snapshot().Keys)
        {
            connection.CloseWhenIdle();
        }

        Dictionary<ServerConnection, Task> left = Snapshot();
        Task all = Task.WhenAll(left.Values);
        if (await Task.WhenAny(all, Task.Delay(Options.StopGrace, Options.Time)) != all)
        {
            foreach (ServerConnection connection in left.Keys)
            {
                connection.Abort();
            }

            await Task.WhenAny(all, Task.Delay(Options.StopGrace, Options.Time));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _slots.Dispose();
    }

    internal async Task HandleAsync(HttpRequest request, HttpResponse response)
    {
        try
        {
            await _handler(request, response);
        }
        catch (Exception e) when (IsClientGone(request, e))
        {
            throw new ConnectionLostException("the client is gone", e);
        }
        catch (Exception e) when (e is not HttpFormatException || response.HasStarted)
        {
            // Whoever sees this has a bug: a handler answers its own errors.
            Log.HandlerFailed(_logger, request.Method, request.Path, e);
            throw response.HasStarted
                ? new ConnectionLostException("the answer was cut short", e)
                : new HttpFormatException(500, "internal error");
        }
    }

    /// <summary>Now, as HTTP writes it; made once a second.</summary>
    internal string Date()
    {
        DateTimeOffset now = Options.Time.GetUtcNow();
        long second = now.ToUnixTimeSeconds();
        DateText date = _date;
        if (date.Second != second)
        {
            _date = date = new(second, now.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        }

        return date.Text;
    }

    private sealed record DateText(long Second, string Text);

    private static bool IsClientGone(HttpRequest request, Exception e)
        => e is ConnectionLostException || (request.Aborted.IsCancellationRequested && e is OperationCanceledException or IOException);

    /// <summary>
    /// Connections cost a client nothing: without this, as many idle ones as there are places would shut everybody out for ever.
    /// </summary>
    private async Task TakePlaceAsync(Socket client)
    {
        if (_slots.Wait(0, CancellationToken.None))
        {
            return;
        }

        TellCrowded();
        try
        {
            do
            {
                // Again and again: one that is busy now is idle in a moment, and another listener may have taken the place just made.
                LongestIdle()?.CloseWhenIdle();
            }
            while (!await _slots.WaitAsync(_placePause, _stopping.Token));
        }
        catch (OperationCanceledException)
        {
            client.Dispose();
            throw;
        }
    }

    private ServerConnection? LongestIdle()
    {
        ServerConnection? oldest = null;
        foreach (ServerConnection connection in Snapshot().Keys)
        {
            oldest = connection.WaitingSince < (oldest?.WaitingSince ?? long.MaxValue) ? connection : oldest;
        }

        return oldest;
    }

    /// <summary>Once a minute: who connects again and again must not fill the log.</summary>
    private void TellCrowded()
    {
        long now = Environment.TickCount64, told = Interlocked.Read(ref _toldCrowded);
        if (now - told >= CrowdedPauseMilliseconds && Interlocked.CompareExchange(ref _toldCrowded, now, told) == told)
        {
            Log.Crowded(_logger, Options.MaxConnections);
        }
    }

    private async Task<Socket?> AcceptOneAsync(Socket listener)
    {
        try
        {
            return await listener.AcceptAsync(_stopping.Token);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted)
        {
            return null; // the client left while it waited in the backlog
        }
        catch (SocketException e)
        {
            Log.AcceptFailed(_logger, e);
            return null;
        }
    }

    private void Begin(Socket client)
    {
        if (client.ProtocolType == ProtocolType.Tcp)
        {
            client.NoDelay = true; // a progress line or a keystroke must not wait for the one before it
            NoticePowerCut(client);
        }

        ServerConnection connection = new(client, this);
        lock (_lock)
        {
            // Added before it runs, so that its end always finds it.
            _running[connection] = Task.CompletedTask;
            _running[connection] = RunAsync(connection);
        }
    }

    /// <summary>A client whose power went says nothing any more. Go's figures: asked after 15 s of silence, nine times 15 s apart.</summary>
    private static void NoticePowerCut(Socket client)
    {
        const int Seconds = 15, Probes = 9;
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }

    private async Task RunAsync(ServerConnection connection)
    {
        await Task.Yield(); // a client that is quick must not keep the accept loop in its lock
        try
        {
            await connection.RunAsync();
        }
        finally
        {
            lock (_lock)
            {
                _running.Remove(connection);
            }

            _slots.Release();
        }
    }

    private Dictionary<ServerConnection, Task> Snapshot()
    {
        lock (_lock)
        {
            return new(_running);
        }
    }
}
