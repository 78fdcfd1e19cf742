using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Http;

namespace Coracle.Tests.Http;

/// <summary>The client against servers that are scripted byte by byte.</summary>
public sealed class ClientTests
{
    /// <summary>A server that reads one head, then says this and closes.</summary>
    private static async Task<HttpClientConnection> ConnectToAsync(string answer, bool readHead = true)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Task<Socket> accepting = listener.AcceptAsync();
        await socket.ConnectAsync(listener.LocalEndPoint!);
        _ = ServeAsync(await accepting, answer, readHead);
        return new HttpClientConnection(new NetworkStream(socket, ownsSocket: true));
    }

    private static async Task ServeAsync(Socket socket, string answer, bool readHead)
    {
        using RawClient raw = new(socket);
        if (readHead)
        {
            await raw.ReadUntilAsync("\r\n\r\n");
        }

        await raw.SendAsync(answer);
        raw.EndWrites();
        await raw.ReadToEndAsync();
    }

    private static async Task<string> GetAsync(string answer, string method = "GET")
    {
        await using HttpClientConnection client = await ConnectToAsync(answer);
        await using HttpClientResponse response = await client.SendAsync(new(method, "/", "host"), CancellationToken.None);
        return $"{response.Status} {Encoding.Latin1.GetString(await response.ReadAllAsync(1000, CancellationToken.None))}";
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhixx", "200 hi")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "200 hi")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", "200 hi")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200 hi")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nhi", "200 hi")]
    [InlineData("HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", "404 no")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204 ")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "304 ")]
    public async Task An_answer_is_read_by_its_own_framing(string answer, string expected) => Assert.Equal(expected, await GetAsync(answer));

    [Fact]
    public async Task An_answer_to_HEAD_has_no_body_whatever_it_says()
        => Assert.Equal("200 ", await GetAsync("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", "HEAD"));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 99 Odd\r\n\r\n")]
    [InlineData("<html>Please log in</html>\r\n\r\n")]
    public async Task An_answer_that_is_cut_or_none_is_an_error(string answer)
        => await Assert.ThrowsAsync<HttpFormatException>(() => GetAsync(answer));

    [Fact]
    public async Task A_server_that_hangs_up_is_a_lost_connection()
        => await Assert.ThrowsAsync<ConnectionLostException>(() => GetAsync(""));

    [Fact]
    public async Task A_body_longer_than_allowed_is_refused()
        => await Assert.ThrowsAsync<HttpFormatException>(
            () => GetAsync($"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n{new string('x', 1001)}"));

    [Fact]
    public async Task A_refusal_before_the_body_is_sent_is_heard()
    {
        await using HttpClientConnection client = await ConnectToAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        await using HttpClientResponse response = await client.SendAsync(
            new("PUT", "/blob", "host") { Body = new Zeros(long.MaxValue) }, CancellationToken.None).WaitAsync(TestServer.Deadline);
        Assert.Equal(401, response.Status);
        await response.DisposeAsync();
        Assert.False(client.IsReusable);
    }

    [Fact]
    public async Task One_connection_serves_request_after_request_with_bodies_both_ways()
    {
        await using TestServer server = new((request, response) => request.Body.CopyToAsync(response.Body, request.Aborted));
        await using HttpClientConnection client = await server.ConnectClientAsync();
        for (int size = 0; size < 40_000; size += 9_999)
        {
            await EchoAsync(client, size, size % 2 == 0 ? size : null);
        }
    }

    private static async Task EchoAsync(HttpClientConnection client, int size, long? length)
    {
        HttpClientRequest request = new("POST", "/", "x") { Body = new Zeros(size), ContentLength = length, ExpectContinue = size > 10_000 };
        await using HttpClientResponse response = await client.SendAsync(request, CancellationToken.None);
        Assert.Equal(size, (await response.ReadAllAsync(size, CancellationToken.None)).Length);
    }

    [Theory]
    [InlineData("GET", "/a b")]
    [InlineData("GET", "/\r\nX: y")]
    [InlineData("G T", "/")]
    public async Task What_would_break_the_request_line_is_not_sent(string method, string target)
    {
        await using HttpClientConnection client = new(Stream.Null);
        await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync(new(method, target, "host"), CancellationToken.None));
    }
}
