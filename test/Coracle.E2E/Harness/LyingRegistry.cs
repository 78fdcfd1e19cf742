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
internal sealed class LyingRegistry : LoopbackServer
{
    /// <summary>The first byte of a TLS greeting: its record type.</summary>
    private const byte Handshake = 0x16;

    private readonly Func<string, Lie> _answer;

    /// <param name="answer">From the path of a GET to the answer.</param>
    public LyingRegistry(Func<string, Lie> answer)
    {
        _answer = answer;
        Start();
    }

    protected override async Task ServeAsync(Socket socket)
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
        byte[] greeting = new byte[1];
        if (await socket.ReceiveAsync(greeting, SocketFlags.Peek, Stopping) == 0 || greeting[0] == Handshake)
        {
            return; // closed at once, so that the engine tries plain HTTP: a line of it may never end, and the engine waits 30 s
        }

        using var stream = new NetworkStream(socket, ownsSocket: false);
        using var reader = new StreamReader(stream);
        string? first = await reader.ReadLineAsync(Stopping);
        while (await reader.ReadLineAsync(Stopping) is { Length: > 0 })
        {
            // Headers say nothing that matters here.
        }

        if (first is null)
        {
            return;
        }

        string[] words = first.Split(' ');
        Lie lie = _answer(words[1]);
        string header = $"HTTP/1.1 {lie.Status} Status\r\nContent-Type: {lie.ContentType}\r\nContent-Length: {lie.Length ?? lie.Body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(header), Stopping);
        if (words[0] != "HEAD")
        {
            await stream.WriteAsync(lie.Body, Stopping);
        }

        socket.LingerState = new LingerOption(lie.Cut, 0);
    }
}
