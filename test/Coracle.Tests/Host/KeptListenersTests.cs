using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.Linux;
using Coracle.Tests.Runtime.Keeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Host;

/// <summary>Listeners of one engine after the other over one keeper.</summary>
public sealed class KeptListenersTests : IDisposable
{
    private static readonly StartEnvironment _environment = new(NotifySocket: null, InheritedSockets: 0);

    private readonly KeeperThread _house = new();
    private readonly ScratchDirectory _scratch = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Path => _scratch.At("api", "engine.sock");

    private string Unix => "unix://" + Path;

    public void Dispose()
    {
        _house.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_killed_engines_clients_are_served_by_the_next_at_the_same_file()
    {
        using Socket waiting = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        FileStatus before;
        await using (Life killed = await Life.BeginAsync(_house, Unix))
        {
            Assert.True(KernelFile.TryStat(Path, out before));
            await waiting.ConnectAsync(new UnixDomainSocketEndPoint(Path), Cancel);
        }

        await using Life next = await Life.BeginAsync(_house, Unix);
        Assert.True(KernelFile.TryStat(Path, out FileStatus after));
        Assert.Equal((before.Device, before.Inode), (after.Device, after.Inode));
        await AssertServesAsync(next.Listeners[0], waiting);
        using Socket another = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await another.ConnectAsync(new UnixDomainSocketEndPoint(Path), Cancel);
        await AssertServesAsync(next.Listeners[0], another);
    }

    [Fact]
    public async Task A_TCP_listener_is_taken_over_too()
    {
        await using Life first = await Life.BeginAsync(_house, "tcp://127.0.0.1:0");
        EndPoint at = first.Listeners[0].LocalEndPoint!;
        await first.DisposeAsync();
        using Socket waiting = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await waiting.ConnectAsync(at, Cancel);
        await using Life next = await Life.BeginAsync(_house, "tcp://127.0.0.1:0");
        Assert.Equal(at, next.Listeners[0].LocalEndPoint);
        await AssertServesAsync(next.Listeners[0], waiting);
    }

    [Fact]
    public async Task An_engine_that_stops_takes_its_listeners_with_it()
    {
        await using (Life first = await Life.BeginAsync(_house, Unix))
        {
            await first.Kept.TakeBackAsync();
        }

        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(new UnixDomainSocketEndPoint(Path), Cancel).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.True(_house.HasLeft()); // nothing keeps the keeper
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_somebody_took_away_is_made_anew(bool isReplaced)
    {
        await using (Life killed = await Life.BeginAsync(_house, Unix))
        {
            File.Move(Path, Path + ".away"); // so that its number is nobody else's
        }

        if (isReplaced)
        {
            using DirectoryHandle directory = DirectoryHandle.Open(_scratch.At("api"));
            UnixSockets.Listen(directory, "engine.sock").Dispose();
        }

        await using Life next = await Life.BeginAsync(_house, Unix);
        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(Path), Cancel);
        await AssertServesAsync(next.Listeners[0], client);
        Assert.Single((await next.Keeper.FindAsync(Cancel))!.Kept);
    }

    [Fact]
    public async Task What_the_next_engine_does_not_listen_at_is_closed_before_it_could_be_in_the_way()
    {
        await using Life first = await Life.BeginAsync(_house, "tcp://127.0.0.1:0", Unix);
        int port = ((IPEndPoint)first.Listeners[0].LocalEndPoint!).Port;
        await first.DisposeAsync();

        await using Life next = await Life.BeginAsync(_house, $"tcp://127.0.0.1:{port}");
        Assert.Equal(port, ((IPEndPoint)next.Listeners[0].LocalEndPoint!).Port);
        Assert.Equal([$"listener tcp://127.0.0.1:{port}"], (await next.Keeper.FindAsync(Cancel))!.Kept);
    }

    [Fact]
    public async Task What_is_kept_for_others_stays()
    {
        await using Life first = await Life.BeginAsync(_house, Unix);
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var handle = LocalMessages.Duplicate(other.SafeHandle);
        await first.Keeper.KeepAsync("other", [handle], Cancel);
        await first.DisposeAsync();
        await using Life next = await Life.BeginAsync(_house, Unix);
        Assert.Equal(2, (await next.Keeper.FindAsync(Cancel))!.Kept.Count);
        await next.Keeper.DropAsync("other", Cancel);
    }

    [Fact]
    public async Task Without_a_keeper_the_API_is_there_and_none_is_started_for_it()
    {
        RuntimeOptions nobody = new(_scratch.At("exec"), null!); // there is no program: a start would throw
        await using Coracle.Runtime.Keeper keeper = new(nobody, "", NullLogger.Instance);
        await using Life only = await Life.BeginAsync(keeper, Unix);
        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(Path), Cancel);
        await AssertServesAsync(only.Listeners[0], client);
        Assert.Null(await keeper.FindAsync(Cancel));
        await only.Kept.TakeBackAsync();
    }

    private static async Task AssertServesAsync(Socket listener, Socket client)
    {
        using Socket accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await accepted.SendAsync("hello"u8.ToArray(), Cancel);
        byte[] buffer = new byte[16];
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, Cancel)));
    }

    /// <summary>An engine's listeners and its connection to the keeper. Disposed it was killed: nothing is taken back.</summary>
    private sealed class Life : IAsyncDisposable
    {
        private Life(Coracle.Runtime.Keeper keeper, KeptListeners kept, List<Socket> listeners) => (Keeper, Kept, Listeners) = (keeper, kept, listeners);

        public Coracle.Runtime.Keeper Keeper { get; }

        public KeptListeners Kept { get; }

        public List<Socket> Listeners { get; }

        public static Task<Life> BeginAsync(KeeperThread house, params string[] hosts) => BeginAsync(house.NewEngine(), hosts);

        public static async Task<Life> BeginAsync(Coracle.Runtime.Keeper keeper, params string[] hosts)
        {
            KeptListeners kept = new(keeper, NullLogger.Instance);
            EngineOptions options = EngineOptions.Parse(EngineDefaults.For("no-such-file"), ["-G", "no-such-group", .. hosts.SelectMany(host => new[] { "-H", host })]);
            return new Life(keeper, kept, await Coracle.Listeners.OpenAsync(options, _environment, kept, NullLogger.Instance));
        }

        public async ValueTask DisposeAsync()
        {
            Listeners.ForEach(listener => listener.Dispose());
            await Keeper.DisposeAsync();
        }
    }
}
