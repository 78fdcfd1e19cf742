using System.Net.Sockets;
using System.Text;

namespace Coracle.E2E;

/// <summary>A request as <see cref="TestRegistry"/> heard it.</summary>
/// <param name="Path">Decoded, without the query.</param>
internal sealed record TestRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);

    /// <summary>Method and path: <c>PUT /v2/app/manifests/1</c>.</summary>
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>One connection of HTTP/1.1, at the server's side: request after request, bodies of either framing.</summary>
internal sealed class TestConnection(Socket socket, CancellationToken stopping) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _from;
    private int _to;
    private long _bodyLeft;
    private bool _isChunked;

    public void Dispose() => _stream.Dispose();

    /// <returns>Null at the end, or when a client speaks TLS.</returns>
    public async Task<TestRequest?> ReadRequestAsync()
    {
        string? first = await ReadLineAsync();
        if (first is null || first.Length == 0 || !char.IsAsciiLetterUpper(first[0]))
        {
            return null;
        }

        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':');
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        _isChunked = headers.ContainsKey("Transfer-Encoding");
        _bodyLeft = headers.TryGetValue("Content-Length", out string? length) ? long.Parse(length) : 0;
        if (headers.ContainsKey("Expect"))
        {
            await _stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stopping);
        }

        string[] words = first.Split(' ');
        string[] target = words[1].Split('?', 2);
        return new TestRequest(words[0], Uri.UnescapeDataString(target[0]), ParseQuery(target.Length > 1 ? target[1] : ""), headers);
    }

    /// <summary>Copies the request's body, or the beginning of it.</summary>
    /// <returns>Whether that was all.</returns>
    public async Task<bool> CopyBodyAsync(Stream target, long limit = long.MaxValue)
    {
        while (limit > 0)
        {
            if (_isChunked && _bodyLeft == 0)
            {
                _bodyLeft = Convert.ToInt64(await ReadLineAsync() ?? throw new IOException("no chunk"), 16);
                if (_bodyLeft == 0)
                {
                    await ReadLineAsync();
                    _isChunked = false;
                }
            }

            if (_bodyLeft == 0)
            {
                return true;
            }

            ReadOnlyMemory<byte> piece = await ReadPieceAsync(Math.Min(limit, _bodyLeft));
            await target.WriteAsync(piece, stopping);
            (limit, _bodyLeft) = (limit - piece.Length, _bodyLeft - piece.Length);
            if (_isChunked && _bodyLeft == 0)
            {
                await ReadLineAsync();
            }
        }

        return false;
    }

    /// <param name="fault">How the sending of the body goes wrong.</param>
    /// <returns>Whether the connection may go on.</returns>
    public async Task<bool> SendAsync(int status, Dictionary<string, string> headers, Stream? body, long length, TestFault? fault, Action<int> sent)
    {
        StringBuilder head = new($"HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n");
        foreach ((string name, string value) in headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        await _stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), stopping);
        long left = Math.Min(body is null ? 0 : length, fault?.CutAnswerAfter ?? long.MaxValue);
        int pieceBytes = fault?.BytesPerSecond is { } speed ? Math.Clamp(speed / 20, 1, BufferBytes) : BufferBytes;
        byte[] piece = new byte[pieceBytes];
        bool flips = fault?.IsWrong == true;
        while (left > 0)
        {
            int read = await body!.ReadAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)), stopping);
            piece[0] ^= (byte)(flips ? 1 : 0);
            flips = false;
            await _stream.WriteAsync(piece.AsMemory(0, read), stopping);
            sent(read);
            left -= read;
            if (fault?.BytesPerSecond is { } rate)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)read / rate), stopping);
            }
        }

        if (fault?.CutAnswerAfter is not null)
        {
            // What was sent must arrive before the end does.
            socket.Shutdown(SocketShutdown.Send);
            return false;
        }

        return true;
    }

    private static Dictionary<string, string> ParseQuery(string text)
    {
        Dictionary<string, string> query = [];
        foreach (string part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=', 2);
            string value = Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : "");
            query[pair[0]] = query.TryGetValue(pair[0], out string? before) ? before + " " + value : value;
        }

        return query;
    }

    private async Task<ReadOnlyMemory<byte>> ReadPieceAsync(long most)
    {
        if (_from == _to && !await FillAsync())
        {
            throw new IOException("the client hung up inside a body");
        }

        int count = (int)Math.Min(most, _to - _from);
        _from += count;
        return _buffer.AsMemory(_from - count, count);
    }

    private async Task<string?> ReadLineAsync()
    {
        StringBuilder line = new();
        while (true)
        {
            if (_from == _to && !await FillAsync())
            {
                return null;
            }

            char c = (char)_buffer[_from++];
            if (c == '\n' || (line.Length == 0 && c == 0x16))
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(c);
        }
    }

    private async Task<bool> FillAsync()
    {
        (_from, _to) = (0, await _stream.ReadAsync(_buffer, stopping));
        return _to > 0;
    }
}
