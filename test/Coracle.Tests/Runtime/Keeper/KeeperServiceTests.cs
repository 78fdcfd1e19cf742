using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coracle.Dns;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.Dns;
using Coracle.Tests.Dns.Serving;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Tests.Runtime.Keeper;

/// <summary>What the keeper's loop answers, on loopback sockets: no namespaces, no root.</summary>
public sealed class KeeperServiceTests
{
    private const int A = 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_are_answered_by_UDP_and_TCP_and_change_with_their_table()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        using Door door = new();
        await keeper.PushTableAsync("n1", Table("10.0.0.1"), Cancel);
        await keeper.ServeAsync("c", door.Datagrams, door.Streams, new ResolverSettings(["n1", "n2"], OutsideNames.Refused, []), Cancel);
        byte[] question = Ask.For("db", A);

        Assert.Equal([IPAddress.Parse("10.0.0.1")], Ask.Addresses(await door.AskAsync(question), question));
        Assert.Equal([IPAddress.Parse("10.0.0.1")], Ask.Addresses((await door.AskByStreamAsync(question))[0], question));
        await keeper.PushTableAsync("n1", Table("10.0.0.2"), Cancel);
        Assert.Equal([IPAddress.Parse("10.0.0.2")], Ask.Addresses(await door.AskAsync(question), question));
        await keeper.ForgetTableAsync("n1", Cancel);
        Assert.Equal(2, Ask.Code(await door.AskAsync(question)));
        await keeper.PushTableAsync("n2", Table("10.0.0.3"), Cancel);
        Assert.Equal([IPAddress.Parse("10.0.0.3")], Ask.Addresses(await door.AskAsync(question), question));
    }

    [Fact]
    public async Task Several_questions_on_one_connection_are_answered_in_their_order()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        using FakeNameServer server = new(_ => [], query => Reply(query, [9, 9, 9, 9]));
        using Door door = new();
        await keeper.PushTableAsync("n", Table("10.0.0.1"), Cancel);
        await keeper.ServeAsync("c", door.Datagrams, door.Streams, Forwarding(server), Cancel);
        byte[] first = Ask.For("www.example", A), second = Ask.For("db", A);

        byte[][] answers = await door.AskByStreamAsync(first, second);

        Assert.Equal([IPAddress.Parse("9.9.9.9")], Ask.Addresses(answers[0], first));
        Assert.Equal([IPAddress.Parse("10.0.0.1")], Ask.Addresses(answers[1], second));
    }

    [Fact]
    public async Task A_name_that_no_table_has_is_asked_of_the_containers_server_and_a_strangers_answer_is_not_believed()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        ushort seen = 0;
        using FakeNameServer server = new(query =>
        {
            seen = BinaryPrimitives.ReadUInt16BigEndian(query);
            byte[] guess = Reply(query, [6, 6, 6, 6]), other = Reply(Ask.For("other.example", A), [6, 6, 6, 6]);
            guess[0]++;
            query.AsSpan(0, 2).CopyTo(other);
            return [guess, other, Reply(query, [9, 9, 9, 9])];
        });
        using Door door = new();
        await keeper.ServeAsync("c", door.Datagrams, door.Streams, Forwarding(server), Cancel);
        byte[] question = Ask.For("www.example", A);

        Assert.Equal([IPAddress.Parse("9.9.9.9")], Ask.Addresses(await door.AskAsync(question), question));
        Assert.NotEqual(0, seen);
    }

    [Fact]
    public async Task A_server_that_cannot_say_and_one_that_is_silent_are_passed_over()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        using FakeNameServer failing = new(query => [Failing(query)], questions: 2), silent = new(_ => []), knowing = new(query => [Reply(query, [9, 9, 9, 9])]);
        using Door door = new();
        byte[] question = Ask.For("www.example", A);
        await keeper.ServeAsync("c", door.Datagrams, door.Streams, Forwarding(failing, silent, knowing), Cancel);
        Assert.Equal([IPAddress.Parse("9.9.9.9")], Ask.Addresses(await door.AskAsync(question), question));

        await keeper.ChangeAsync("c", Forwarding(failing), Cancel);
        Assert.Equal(2, Ask.Code(await door.AskAsync(question)));
    }

    [Fact]
    public async Task A_truncated_answer_is_fetched_whole_for_one_who_can_take_it()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        using FakeNameServer server = new(query => [Truncated(query)], query => Reply(query, [9, 9, 9, 9]), questions: 2);
        using Door door = new();
        await keeper.ServeAsync("c", door.Datagrams, door.Streams, Forwarding(server), Cancel);
        byte[] large = Ask.For("www.example", A, datagram: 4096), small = Ask.For("www.example", A);

        Assert.Equal([IPAddress.Parse("9.9.9.9")], Ask.Addresses(await door.AskAsync(large), large));
        Assert.True(Ask.IsTruncated(await door.AskAsync(small)));
    }

    [Fact]
    public async Task Hostile_messages_are_refused_or_end_their_connection_and_nobody_elses()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        await keeper.KeepAsync("listener", [NullFile()], Cancel);
        foreach (byte[] message in new byte[][] { [], [1], new byte[8], new byte[5000], [.. "CKPR"u8, 9, 0, 9, 0] })
        {
            using Socket stranger = Connect(house);
            _ = await stranger.SendAsync(message, Cancel);
            await AssertEndsAsync(stranger);
        }

        using Socket engine = Connect(house);
        byte[] hello = new byte[8];
        KeeperProtocol.WriteHello(hello, 1, 1);
        _ = await engine.SendAsync(hello, Cancel);
        byte[] answer = new byte[8192];
        Assert.Equal(8, await engine.ReceiveAsync(answer, Cancel));
        for (ushort operation = 0; operation < 20; operation++)
        {
            foreach (byte[] payload in new byte[][] { [], [0xFF, 0xFF, 0xFF, 0x7F], new byte[64], [1, 0, 0, 0, (byte)'x', 9, 9, 9, 9] })
            {
                byte[] message = new byte[KeeperProtocol.HeaderLength + payload.Length];
                KeeperProtocol.WriteHeader(message, payload.Length, (KeeperOperation)operation, KeeperAnswer.Done, operation);
                payload.CopyTo(message, KeeperProtocol.HeaderLength);
                _ = await engine.SendAsync(message, Cancel);
                int length = await engine.ReceiveAsync(answer, Cancel);
                Assert.True(KeeperProtocol.TryReadHeader(answer.AsSpan(0, length), out KeeperOperation said, out _, out uint sequence));
                Assert.Equal(((KeeperOperation)operation, (uint)operation), (said, sequence));
            }
        }

        _ = await engine.SendAsync(new byte[KeeperProtocol.HeaderLength - 1], Cancel);
        await AssertEndsAsync(engine);
        Assert.Single(await keeper.FetchAsync("listener", Cancel));
        await keeper.DropAsync("listener", Cancel);
    }

    [Fact]
    public async Task What_is_kept_comes_back_to_the_next_engine_in_as_many_pages_as_it_takes()
    {
        using KeeperThread house = new();
        string[] names = [.. Enumerable.Range(0, 60).Select(i => $"{i:d3}" + new string('x', 500))];
        await using (Coracle.Runtime.Keeper first = house.NewEngine())
        {
            foreach (string name in names)
            {
                await first.KeepAsync(name, [NullFile(), NullFile()], Cancel);
            }
        }

        await using Coracle.Runtime.Keeper second = house.NewEngine();
        KeeperHoldings? holdings = await second.FindAsync(Cancel);
        Assert.Equal(names, holdings!.Kept.Order(StringComparer.Ordinal));
        Assert.Equal(2, (await second.FetchAsync(names[7], Cancel)).Length);
        Assert.Empty(await second.FetchAsync("nothing", Cancel));
        foreach (string name in names)
        {
            await second.DropAsync(name, Cancel);
        }
    }

    [Fact]
    public async Task What_was_begun_for_a_container_that_never_started_goes_with_the_engine()
    {
        using KeeperThread house = new();
        ushort port;
        await using (Coracle.Runtime.Keeper first = house.NewEngine())
        {
            port = await first.HoldAsync("c", Tcp(0), Cancel);
            Assert.NotEqual(0, port);
            LinuxException taken = await Assert.ThrowsAsync<LinuxException>(() => first.HoldAsync("d", Tcp(port), Cancel));
            Assert.Equal(Errno.EADDRINUSE, taken.Errno);
        }

        await using Coracle.Runtime.Keeper second = house.NewEngine();
        Assert.Empty((await second.FindAsync(Cancel))!.Tenants);
        Assert.Equal(port, await second.HoldAsync("c", Tcp(port), Cancel));
        await second.ReleasePortAsync("c", Tcp(port), Cancel);
        Assert.Equal(port, await second.HoldAsync("d", Tcp(port), Cancel));
        await second.ReleaseAsync("d", Cancel);
        await second.ReleaseAsync("d", Cancel); // nothing happens
    }

    [Fact]
    public async Task A_socket_that_is_not_what_it_is_said_to_be_is_refused()
    {
        using KeeperThread house = new();
        await using Coracle.Runtime.Keeper keeper = house.NewEngine();
        using Door door = new();
        ResolverSettings settings = new([], OutsideNames.Refused, []);
        LinuxException refused = await Assert.ThrowsAsync<LinuxException>(() => keeper.ServeAsync("c", door.Streams, door.Datagrams, settings, Cancel));
        Assert.Equal(Errno.EINVAL, refused.Errno);
        refused = await Assert.ThrowsAsync<LinuxException>(() => keeper.ChangeAsync("nobody", settings, Cancel));
        Assert.Equal(Errno.ENOENT, refused.Errno);
        await Assert.ThrowsAsync<LinuxException>(() => keeper.PushTableAsync("n", [1, 2, 3], Cancel));
        await keeper.ReleaseAsync("c", Cancel);
    }

    [Fact]
    public async Task A_keeper_leaves_when_it_holds_nothing_and_nobody_is_connected()
    {
        using KeeperThread house = new();
        await using (Coracle.Runtime.Keeper keeper = house.NewEngine())
        {
            await keeper.HoldAsync("c", Tcp(0), Cancel);
            await keeper.PushTableAsync("n", Table("10.0.0.1"), Cancel);
        }

        Assert.True(house.HasLeft());
    }

    private static PortHold Tcp(ushort port) => new(TransportProtocol.Tcp, InternetEndpoint.From([127, 0, 0, 1], port));

    private static ResolverSettings Forwarding(params FakeNameServer[] servers) => new(["n"], OutsideNames.Forwarded, [.. servers.Select(
        server => InternetEndpoint.From(server.EndPoint.Address.GetAddressBytes(), (ushort)server.EndPoint.Port))]);

    private static byte[] Table(string address)
    {
        NameTableBuilder builder = new("net");
        builder.Add("db", IPAddress.Parse(address));
        return builder.Write();
    }

    private static SafeFileHandle NullFile() => File.OpenHandle("/dev/null");

    private static Socket Connect(KeeperThread house) => UnixSockets.AsSocket(UnixSockets.ConnectForMessages(house.Directory, KeeperFiles.Socket));

    private static async Task AssertEndsAsync(Socket socket)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        byte[] buffer = new byte[64];
        while (true)
        {
            try
            {
                if (await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token) == 0)
                {
                    return;
                }
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private static byte[] Reply(byte[] query, byte[] address)
        => [.. query[..2], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. Question(query), 0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, .. address];

    private static byte[] Failing(byte[] query) => [.. query[..2], 0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0, .. Question(query)];

    private static byte[] Truncated(byte[] query) => [.. query[..2], 0x83, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, .. Question(query)];

    private static byte[] Question(byte[] query)
    {
        int end = 12;
        while (query[end] != 0)
        {
            end += 1 + query[end];
        }

        return query[12..(end + 5)];
    }

    /// <summary>The two sockets of a resolver, and a client of theirs.</summary>
    private sealed class Door : IDisposable
    {
        private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly EndPoint _udpEnd;
        private readonly EndPoint _tcpEnd;

        public Door()
        {
            _udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _tcp.Listen();
            _udpEnd = _udp.LocalEndPoint!;
            _tcpEnd = _tcp.LocalEndPoint!;
            Datagrams = new SafeFileHandle(_udp.SafeHandle.DangerousGetHandle(), ownsHandle: false);
            Streams = new SafeFileHandle(_tcp.SafeHandle.DangerousGetHandle(), ownsHandle: false);
        }

        public SafeFileHandle Datagrams { get; }

        public SafeFileHandle Streams { get; }

        public async Task<byte[]> AskAsync(byte[] question)
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            await client.ConnectAsync(_udpEnd, Cancel);
            _ = await client.SendAsync(question, Cancel);
            byte[] answer = new byte[65535];
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
            return answer[..await client.ReceiveAsync(answer, limit.Token)];
        }

        public async Task<byte[][]> AskByStreamAsync(params byte[][] questions)
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(_tcpEnd, Cancel);
            using NetworkStream stream = new(client);
            foreach (byte one in questions.SelectMany(question => (byte[])[(byte)(question.Length >> 8), (byte)question.Length, .. question]))
            {
                await stream.WriteAsync(new[] { one }, Cancel); // in the smallest of pieces
            }

            byte[][] answers = new byte[questions.Length][];
            byte[] length = new byte[2];
            for (int i = 0; i < answers.Length; i++)
            {
                await stream.ReadExactlyAsync(length, Cancel);
                answers[i] = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(answers[i], Cancel);
            }

            return answers;
        }

        public void Dispose()
        {
            _udp.Dispose();
            _tcp.Dispose();
        }
    }
}
