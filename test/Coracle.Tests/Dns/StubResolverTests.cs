using System.Net;
using System.Text;
using Coracle.Dns;

namespace Coracle.Tests.Dns;

public class StubResolverTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("box", "192.0.2.9")]
    [InlineData("Alias.example", "192.0.2.9")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("x.localhost", "127.0.0.1")]
    public async Task Literals_the_hosts_file_and_localhost_need_no_server(string name, string address)
    {
        StubResolver resolver = new(Files("# x\n192.0.2.9\tbox alias.example # y\nnonsense box\n", ""), TimeProvider.System);

        Assert.Equal(IPAddress.Parse(address), (await resolver.ResolveAsync(name, TestContext.Current.CancellationToken))[0]);
    }

    [Fact]
    public async Task A_name_that_cannot_be_asked_for_is_no_such_host()
    {
        StubResolver resolver = new(Files("", "nameserver 127.0.0.1\n"), TimeProvider.System);

        NameResolutionException error = await Assert.ThrowsAsync<NameResolutionException>(
            () => resolver.ResolveAsync(new string('a', 64), TestContext.Current.CancellationToken));

        Assert.Equal($"lookup {new string('a', 64)} on 127.0.0.1:53: no such host", error.Message);
    }

    [Fact]
    public async Task A_server_is_asked_and_a_strangers_datagram_is_not_believed()
    {
        using FakeNameServer server = new(query => [Reply(query, id: 1, [192, 0, 2, 66]), Reply(query, id: 0, [192, 0, 2, 1])]);

        NameAnswer answer = await AskAsync(server, "app.example");

        Assert.Null(answer.Trouble);
        Assert.Equal([IPAddress.Parse("192.0.2.1")], answer.Addresses);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_again_by_TCP()
    {
        using FakeNameServer server = new(query => [Truncated(query)], query => Reply(query, 0, [192, 0, 2, 2]));

        Assert.Equal([IPAddress.Parse("192.0.2.2")], (await AskAsync(server, "app.example")).Addresses);
    }

    [Fact]
    public async Task A_server_in_trouble_is_named_as_such()
    {
        using FakeNameServer server = new(query => [Failing(query)]);

        Assert.Equal("server misbehaving", (await AskAsync(server, "app.example")).Trouble);
    }

    [Fact]
    public async Task A_silent_server_is_a_timeout()
    {
        using FakeNameServer server = new(_ => []);

        NameAnswer answer = await new NameServerClient(TimeProvider.System)
            .AskAsync(server.EndPoint, "app.example", DnsRecordType.A, TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

        Assert.Equal("i/o timeout", answer.Trouble);
    }

    [Fact]
    public void Every_prefix_and_every_changed_byte_of_an_answer_is_survived()
    {
        byte[] query = Query("app.example");
        byte[] reply = Reply(query, 0, [192, 0, 2, 1]);
        for (int length = 0; length < reply.Length; length++)
        {
            Assert.Null(DnsAnswer.Parse(reply.AsSpan(0, length), query, DnsRecordType.A));
        }

        for (int i = 0; i < reply.Length; i++)
        {
            byte[] changed = [.. reply];
            changed[i] ^= 0xFF;
            DnsAnswer.Parse(changed, query, DnsRecordType.A);
        }
    }

    [Fact]
    public void The_search_list_and_ndots_order_the_names()
    {
        ResolvConf one = ResolvConf.Parse("nameserver 1.2.3.4\nnameserver ::1\nsearch a.example b.example\noptions ndots:2 timeout:3\n"u8);

        Assert.Equal(["box.a.example", "box.b.example", "box"], one.Candidates("box"));
        Assert.Equal(["x.y.z", "x.y.z.a.example", "x.y.z.b.example"], one.Candidates("x.y.z"));
        Assert.Equal(["box"], one.Candidates("box."));
        Assert.Equal(TimeSpan.FromSeconds(3), one.Timeout);
        Assert.Equal(2, one.Servers.Count);
    }

    private static Task<NameAnswer> AskAsync(FakeNameServer server, string name)
        => new NameServerClient(TimeProvider.System).AskAsync(server.EndPoint, name, DnsRecordType.A, _patience, TestContext.Current.CancellationToken);

    private static Func<string, byte[]?> Files(string hosts, string resolvConf)
        => path => Encoding.UTF8.GetBytes(path == "/etc/hosts" ? hosts : resolvConf);

    private static byte[] Query(string name)
    {
        byte[] buffer = new byte[DnsQuery.MaxLength];
        return buffer[..DnsQuery.Write(buffer, 7, name, DnsRecordType.A, extended: true)];
    }

    private static byte[] Reply(byte[] query, int id, byte[] address)
    {
        int question = query.Length - 11;   // without OPT
        byte[] reply = [.. query[..question], 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, .. address];
        reply[0] ^= (byte)id;
        reply[2] = 0x81;
        reply[7] = 1;
        reply[11] = 0;
        return reply;
    }

    private static byte[] Truncated(byte[] query)
    {
        byte[] reply = Reply(query, 0, [0, 0, 0, 0]);
        reply[2] |= 2;
        return reply[..^8];
    }

    private static byte[] Failing(byte[] query)
    {
        byte[] reply = Reply(query, 0, [0, 0, 0, 0])[..(query.Length - 11)];
        reply[3] = 2;
        reply[7] = 0;
        return reply;
    }
}
