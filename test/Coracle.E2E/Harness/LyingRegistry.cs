using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coracle.E2E;

/// <summary>What the registry answers to one request.</summary>
/// <param name="Cut">The connection is reset after the body, whatever the header promised.</param>
internal sealed record Lie(int Status, string ContentType, byte[] Body, long? Length = null, bool Cut = false)
{
    public static Lie Text(int status, string contentType, string body) => new(status, contentType, Encoding.UTF8.GetBytes(body));
}

/// <summary>A registry that says what the test wants: HTML, half a blob, more than a blob.</summary>
internal sealed class LyingRegistry : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, Lie> _answer;
    private readonly Task _loop;

    /// <param name="answer">From the path of a GET to the answer.</param>
    public LyingRegistry(Func<string, Lie> answer)
    {
        _answer = answer;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await AnswerAsync(socket);
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
            {
                // The engine has heard enough.
            }
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: false);
        using var reader = new StreamReader(stream);
        string? first = await reader.ReadLineAsync(_stop.Token);
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
        {
            // Headers say nothing that matters here.
        }

        if (first is null || !first.Contains(" HTTP/1.1", StringComparison.Ordinal))
        {
            return; // a TLS greeting: closed, so that the engine tries plain HTTP
        }

        string[] words = first.Split(' ');
        Lie lie = _answer(words[1]);
        string header = $"HTTP/1.1 {lie.Status} Status\r\nContent-Type: {lie.ContentType}\r\nContent-Length: {lie.Length ?? lie.Body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(header), _stop.Token);
        if (words[0] != "HEAD")
        {
            await stream.WriteAsync(lie.Body, _stop.Token);
        }

        socket.LingerState = new LingerOption(lie.Cut, 0);
    }
}
