using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Coracle.E2E;

/// <summary>One connection to the engine, byte by byte: attach, half-closes, and clients that vanish.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];
    private int _headLength;

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>Everything before the first empty line.</summary>
    public string Head => Encoding.ASCII.GetString([.. _received.Take(_headLength)]);

    /// <summary>What followed it, as it came.</summary>
    public string Body => Encoding.UTF8.GetString([.. _received.Skip(_headLength)]);

    /// <summary>Sends a request without a body and returns when the answer's head is here.</summary>
    public static async Task<RawConnection> OpenAsync(RawApi api, string method, string path, bool upgrade = false, string version = RawApi.Version)
    {
        RawConnection connection = new(await api.ConnectAsync());
        string more = upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "";
        await connection.SendAsync($"{method} {version}{path} HTTP/1.1\r\nHost: x\r\n{more}\r\n");
        await connection.WaitAsync(() => connection.FindHead(), "the answer's head");
        return connection;
    }

    public static Task<RawConnection> AttachAsync(RawApi api, string container, string query)
        => OpenAsync(api, "POST", $"/containers/{container}/attach?{query}", upgrade: true);

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes, SocketFlags.None);

    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    public Task HoldsAsync(string text) => WaitAsync(() => Body.Contains(text, StringComparison.Ordinal), $"'{text}'");

    /// <summary>Everything up to the engine's close.</summary>
    public async Task<string> ToEndAsync(TimeSpan? limit = null)
    {
        using CancellationTokenSource deadline = new(limit is { } own ? Patience.For(own) : Deadline.Usual);
        try
        {
            while (await ReceiveAsync(deadline.Token))
            {
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the engine did not close the connection; so far:\n{Body}");
        }

        return Body;
    }

    /// <summary>The frames' payloads, one stream after the other.</summary>
    public (string Stdout, string Stderr) Frames()
    {
        byte[] all = [.. _received.Skip(_headLength)];
        List<byte>[] streams = [[], [], [], []];
        for (int at = 0; at + 8 <= all.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(at + 4));
            streams[all[at]].AddRange(all.AsSpan(at + 8, Math.Min(length, all.Length - at - 8)).ToArray());
            at += 8 + length;
        }

        return (Encoding.UTF8.GetString([.. streams[1]]), Encoding.UTF8.GetString([.. streams[2]]));
    }

    public void Dispose() => _socket.Dispose();

    private bool FindHead()
    {
        int end = _received.ToArray().AsSpan().IndexOf("\r\n\r\n"u8);
        _headLength = end < 0 ? 0 : end + 4;
        return end >= 0;
    }

    private async Task WaitAsync(Func<bool> holds, string what)
    {
        using CancellationTokenSource deadline = new(Deadline.Usual);
        try
        {
            while (!holds())
            {
                Assert.True(await ReceiveAsync(deadline.Token), $"the connection ended before {what} came: {Head}{Body}");
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{what} did not come: {Head}{Body}");
        }
    }

    private async Task<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        byte[] piece = new byte[64 * 1024];
        try
        {
            int count = await _socket.ReceiveAsync(piece, SocketFlags.None, cancellationToken);
            _received.AddRange(piece.AsSpan(0, count).ToArray());
            return count > 0;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return false; // closed with something of ours unread
        }
    }
}
