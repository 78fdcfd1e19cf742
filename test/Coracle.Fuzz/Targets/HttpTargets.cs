using System.Text;
using Coracle.Api;
using Coracle.Http;

namespace Coracle.Fuzz;

/// <summary>HTTP from both ends. Whatever the pieces in which the bytes arrive, they mean the same.</summary>
internal static class HttpTargets
{
    private const int MaxHeadBytes = 64 << 10;

    public static void Request(ReadOnlySpan<byte> input) => MeansOneThing(input, RequestsAsync);

    public static void Chunked(ReadOnlySpan<byte> input) => MeansOneThing(input, ChunkedAsync);

    public static void Response(ReadOnlySpan<byte> input) => MeansOneThing(input, ResponseAsync);

    public static void WebSocket(ReadOnlySpan<byte> input) => MeansOneThing(input, WebSocketAsync);

    private static void MeansOneThing(ReadOnlySpan<byte> input, Func<Stream, StringBuilder, Task> read)
    {
        byte[] bytes = input.ToArray();
        string whole = Read(new Dripping(bytes, int.MaxValue), read);
        Promise.Holds(Read(new Dripping(bytes, 7), read) == whole, "seven bytes at a time they say something else");
        if (bytes.Length < 4096)
        {
            Promise.Holds(Read(new Dripping(bytes, 1), read) == whole, "one byte at a time they say something else");
        }
    }

    private static string Read(Stream stream, Func<Stream, StringBuilder, Task> read)
    {
        StringBuilder meaning = new();
        try
        {
            // Nothing here ever waits: the stream has all its bytes.
            read(stream, meaning).GetAwaiter().GetResult();
        }
        catch (HttpFormatException e)
        {
            meaning.Append(e.Status).Append(e.Message);
        }
        catch (ConnectionLostException)
        {
            meaning.Append("lost");
        }

        return meaning.ToString();
    }

    /// <summary>As the server's loop has them, one after the other.</summary>
    private static async Task RequestsAsync(Stream stream, StringBuilder meaning)
    {
        using BufferedInput input = new(stream);
        while (await HeadAsync(input) is { } head)
        {
            MessageBody body = new(input, BodyLength.OfRequest(head));
            HttpRequest request = new(head, body, null, default);
            meaning.Append(request.Method).Append(' ').Append(request.Path).Append(request.Query.All.Count).Append(request.KeepsAlive).Append(request.AsksForUpgrade);
            Promise.Holds(!request.Path.Contains('\0', StringComparison.Ordinal), "no path has a NUL");
            await AppendAsync(body, meaning);
        }
    }

    private static async Task<MessageHead?> HeadAsync(BufferedInput input)
    {
        int searched = 0;
        while (true)
        {
            int end = MessageHead.FindEnd(input.Unread, searched);
            if (end >= 0)
            {
                MessageHead head = MessageHead.ParseRequest(input.Unread[..end], maxHeaders: 128);
                input.Consume(end);
                return head;
            }

            searched = input.Unread.Length;
            if (!await input.FillAsync(MaxHeadBytes, default))
            {
                return null;
            }
        }
    }

    private static async Task ChunkedAsync(Stream stream, StringBuilder meaning)
    {
        using BufferedInput input = new(stream);
        await AppendAsync(new MessageBody(input, new BodyLength(BodyKind.Chunked)), meaning);
    }

    private static async Task ResponseAsync(Stream stream, StringBuilder meaning)
    {
        await using HttpClientConnection connection = new(stream);
        await using HttpClientResponse response = await connection.SendAsync(new HttpClientRequest("GET", "/", "host"), default);
        meaning.Append(response.Status).Append(response.Headers.Count).Append(response.ContentLength);
        await AppendAsync(response.Body, meaning);
    }

    private static async Task WebSocketAsync(Stream stream, StringBuilder meaning)
    {
        await using HijackedStream client = new(stream, new BufferedInput(stream));
        await using WebSocketStream frames = new(client, isBinary: true);
        await AppendAsync(frames, meaning);
    }

    private static async Task AppendAsync(Stream body, StringBuilder meaning)
    {
        byte[] buffer = new byte[4096];
        int total = 0, count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            meaning.Append(Encoding.Latin1.GetString(buffer, 0, count));
            Promise.Holds((total += count) <= FuzzTarget.MaxOutputBytes, "a body is no longer than what came");
        }

        meaning.Append('|');
    }
}
