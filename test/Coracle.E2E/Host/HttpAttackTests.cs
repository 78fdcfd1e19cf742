using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Tests.Http;

namespace Coracle.E2E;

/// <summary>The API as an attacker sees it: odd requests, a crowd of idle and slow connections, bodies that are not what they say.</summary>
public sealed class HttpAttackTests(Stage stage) : EngineTest(stage)
{
    private const int Crowd = 200;

    private static readonly IReadOnlyList<HttpShape> _shapes = HttpShape.ReadAll(Machine.Repository());

    [Fact]
    public async Task A_hundred_requests_that_no_client_sends_are_answered_as_recorded()
    {
        List<string> wrong = [];
        foreach (HttpShape shape in _shapes)
        {
            int[] expected = Engine.Kind == EngineKind.Docker ? shape.Docker : shape.Ours, got = await TalkAsync(await Api.ConnectAsync(), shape);
            if (!expected.SequenceEqual(got))
            {
                wrong.Add($"{shape.Name}: {string.Join(',', got)} instead of {string.Join(',', expected)}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(await Api.PingAsync());
    }

    [Fact, Trait("Engine", "coracle")] // dockerd waits 15 s before it listens without TLS
    public async Task Over_TCP_they_are_answered_the_same()
    {
        int port = FreePort();
        await using Engine engine = await Engine.StartAsync(new EngineSetting("", "-H", $"tcp://127.0.0.1:{port}"));
        foreach (HttpShape shape in _shapes.Where(shape => shape.Request.Length < 10_000 && shape.Ours.Length == 1 && !shape.Name.StartsWith("chunks ", StringComparison.Ordinal)))
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port);
            Assert.Equal((shape.Name, string.Join(',', shape.Ours)), (shape.Name, string.Join(',', await TalkAsync(socket, shape, waits: true))));
        }

        Assert.True(await engine.Api.PingAsync());
    }

    [Fact]
    public async Task Two_hundred_connections_half_of_them_slow_disturb_nobody()
    {
        int descriptors = Descriptors();
        List<Socket> crowd = [];
        for (int i = 0; i < Crowd; i++)
        {
            crowd.Add(await Api.ConnectAsync());
            await crowd[i].SendAsync(Encoding.ASCII.GetBytes(i % 2 == 0 ? "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n" : "POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"));
        }

        Assert.Equal("hello\n", (await ShellAsync("echo hello")).Succeeds().Output);
        foreach (Socket idle in crowd.Where((_, i) => i % 2 == 0))
        {
            byte[] answer = new byte[4096];
            Assert.StartsWith("HTTP/1.1 200 OK", Encoding.ASCII.GetString(answer, 0, await idle.ReceiveAsync(answer, SocketFlags.None)));
        }

        crowd.ForEach(socket => socket.Dispose());
        await Deadline.HoldsAsync("the descriptors to be closed", () => Descriptors() <= descriptors + 3, () => $"{descriptors} before, {Descriptors()} now");
    }

    [Fact, Trait("Engine", "coracle")]
    public async Task An_idle_connection_takes_a_few_kilobytes()
    {
        await using Engine engine = await Engine.StartAsync();
        List<Socket> crowd = [];
        await OpenIdleAsync(engine, crowd); // the first crowd makes the threads and pools that every crowd uses
        crowd.ForEach(socket => socket.Dispose());
        crowd.Clear();
        long before = PrivateKib(engine);
        await OpenIdleAsync(engine, crowd);
        long each = (PrivateKib(engine) - before) * 1024 / Crowd;
        TestContext.Current.SendDiagnosticMessage("{0} bytes of private memory for each of {1} idle connections", each, Crowd);
        crowd.ForEach(socket => socket.Dispose());
        Assert.InRange(each, long.MinValue, 8 * 1024);
    }

    [Theory, Trait("Engine", "coracle")] // 20.10 calls an empty body an error of its own, 500
    [InlineData("Content-Length: 0\r\n\r\n{\"Image\":\"x\"}", 400)] // CVE-2024-41110: what follows no body is no body
    [InlineData("Content-Length: 14\r\n\r\n{\"Image\":\"\"}  ", 400)]
    public async Task A_body_is_what_its_length_says(string rest, int status)
    {
        int[] got = await TalkAsync(await Api.ConnectAsync(), new HttpShape("", $"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{rest}", []));
        Assert.All(got, found => Assert.Equal(status, found));
        Assert.NotEmpty(got);
        Assert.Equal("[]", (await Api.GetAsync("/containers/json?all=1")).Has(200).Body.Trim());
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 reads what comes
    public async Task A_body_beyond_any_bound_is_refused_before_it_is_read()
    {
        HttpShape huge = new("", "POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n{", []);
        Assert.Equal(400, Assert.Single(await TalkAsync(await Api.ConnectAsync(), huge)));
        HttpShape chunked = new("", $"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{5 << 20:x}\r\n{new string(' ', 5 << 20)}", []);
        Assert.Equal(400, Assert.Single(await TalkAsync(await Api.ConnectAsync(), chunked)));
    }

    /// <summary>Sends all of it, ends the sending, and hears what comes until the engine closes.</summary>
    /// <param name="waits">For an answer, before the sending is ended: over TCP that end is taken for the client's.</param>
    private static async Task<int[]> TalkAsync(Socket socket, HttpShape shape, bool waits = false)
    {
        using NetworkStream stream = new(socket, ownsSocket: true);
        using CancellationTokenSource deadline = new(Deadline.Usual);
        using MemoryStream answers = new();
        try
        {
            Task hearing = stream.CopyToAsync(answers, deadline.Token);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(shape.Request), deadline.Token);
            while (waits && !hearing.IsCompleted && answers.Length == 0)
            {
                await Task.Delay(5, deadline.Token);
            }

            socket.Shutdown(SocketShutdown.Send);
            await hearing;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Refused before it was all sent: what came is what counts.
        }

        return HttpShape.Statuses(Encoding.Latin1.GetString(answers.ToArray()));
    }

    private static async Task OpenIdleAsync(Engine engine, List<Socket> crowd)
    {
        byte[] answer = new byte[4096];
        for (int i = 0; i < Crowd; i++)
        {
            crowd.Add(await engine.Api.ConnectAsync());
            await crowd[i].SendAsync("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            await crowd[i].ReceiveAsync(answer, SocketFlags.None);
        }
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private int Descriptors() => Directory.GetFileSystemEntries($"/proc/{Engine.ProcessId}/fd").Length;

    private static long PrivateKib(Engine engine) => Processes.Read(engine.ProcessId, "smaps_rollup").Split('\n')
        .Where(line => line.StartsWith("Private_", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture));
}
