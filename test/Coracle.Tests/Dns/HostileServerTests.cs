using System.Buffers.Binary;
using System.Net;
using System.Text;
using Coracle.Dns;

namespace Coracle.Tests.Dns;

/// <summary>Servers that lie, loop, stay silent or send noise.</summary>
public class HostileServerTests
{
    private const string Name = "app.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Aliases_in_the_answer_are_followed_in_any_order()
    {
        using FakeNameServer server = new(query => [Answer(query, A("c.example", 1), Alias("b.example", "c.example"), Alias(Name, "b.example"))]);

        Assert.Equal([Address(1)], (await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task An_address_of_a_name_nobody_asked_for_is_not_taken()
    {
        using FakeNameServer server = new(query => [Answer(query, A("bank.example", 66), A(Name, 1))]);

        Assert.Equal([Address(1)], (await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task An_alias_without_its_address_is_asked_for_in_its_turn()
    {
        using FakeNameServer server = new(
            query => Asks(query, Name) ? [Answer(query, Alias(Name, "real.example"))] : [Answer(query, A("real.example", 2))], questions: 2);

        Assert.Equal([Address(2)], (await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task Aliases_that_go_on_for_ever_end()
    {
        int count = 0;
        using FakeNameServer server = new(query => [Answer(query, Alias(NameIn(query), $"n{++count}.example"))], questions: 100);

        Assert.Equal("server misbehaving", (await AskAsync(server)).Trouble);
        Assert.Equal(DnsAnswer.MaxAliases, count);
    }

    [Fact]
    public async Task Aliases_in_a_circle_are_no_address()
    {
        using FakeNameServer server = new(query => [Answer(query, Alias(Name, "b.example"), Alias("b.example", Name))]);

        NameAnswer answer = await AskAsync(server);

        Assert.Empty(answer.Addresses);
        Assert.Null(answer.Trouble);
    }

    [Fact]
    public async Task A_server_that_does_not_know_EDNS_is_asked_without()
    {
        using FakeNameServer server = new(
            query => query[11] == 1 ? [[query[0], query[1], 0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0]] : [Answer(query, A(Name, 3))], questions: 2);

        Assert.Equal([Address(3)], (await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task Noise_is_a_timeout_and_not_an_answer()
    {
        Random random = new(4);
        using FakeNameServer server = new(_ => [.. Enumerable.Range(0, 10).Select(length =>
        {
            byte[] noise = new byte[length * 7];
            random.NextBytes(noise);
            return noise;
        })]);

        NameAnswer answer = await new NameServerClient(TimeProvider.System)
            .AskAsync(server.EndPoint, Name, DnsRecordType.A, TimeSpan.FromMilliseconds(100), Cancel);

        Assert.Equal("i/o timeout", answer.Trouble);
    }

    [Fact]
    public void A_name_that_points_at_itself_or_forward_is_none()
    {
        foreach (byte[] message in (byte[][])[[0xC0, 0], [1, (byte)'a', 0xC0, 0], [0xC0, 2, 0xC0, 0], [0xC0], [5, 1], [0x40], []])
        {
            int at = 0;
            Assert.Null(DnsName.Read(message, ref at));
        }
    }

    [Fact]
    public void A_name_through_pointers_is_read_once_and_the_place_behind_it_is_right()
    {
        byte[] message = [7, .. "example"u8, 0, 3, .. "App"u8, 0xC0, 0, 99];
        int at = 9;

        Assert.Equal(Name, DnsName.Read(message, ref at));
        Assert.Equal(99, message[at]);
    }

    [Fact]
    public void Ten_thousand_damaged_answers_are_survived()
    {
        byte[] query = Query();
        byte[] whole = Answer(query, Alias(Name, "b.example"), Alias("b.example", "c.example"), A("c.example", 1), A("c.example", 2));
        Random random = new(1);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] damaged = [.. whole[..random.Next(whole.Length + 1)]];
            for (int flips = random.Next(6); flips > 0 && damaged.Length > 2; flips--)
            {
                damaged[random.Next(2, damaged.Length)] = (byte)random.Next(256);   // the id stays, or nothing would be read
            }

            DnsAnswer? answer = DnsAnswer.Parse(damaged, query, DnsRecordType.A);
            Assert.True(answer is null or { Addresses.Count: <= 32 });
        }
    }

    [Fact]
    public void Rotation_and_glibcs_limits_are_read()
    {
        ResolvConf file = ResolvConf.Parse("""
            # comment
            nameserver 192.0.2.1
            nameserver fe80::1%1
            nameserver nonsense
            nameserver 192.0.2.3
            nameserver 192.0.2.4
            options rotate attempts:99
            options timeout:0
            """u8);

        Assert.Equal(["192.0.2.1", "fe80::1%1", "192.0.2.3"], file.Servers.Select(server => server.Address.ToString()));
        Assert.True(file.Rotate);
        Assert.Equal((5, TimeSpan.FromSeconds(1)), (file.Attempts, file.Timeout));
        Assert.Equal(IPAddress.Loopback, Assert.Single(ResolvConf.Parse([]).Servers).Address);
    }

    private static Task<NameAnswer> AskAsync(FakeNameServer server)
        => new NameServerClient(TimeProvider.System).AskAsync(server.EndPoint, Name, DnsRecordType.A, TimeSpan.FromSeconds(5), Cancel);

    private static byte[] Query()
    {
        byte[] buffer = new byte[DnsQuery.MaxLength];
        return buffer[..DnsQuery.Write(buffer, 7, Name, DnsRecordType.A, extended: false)];
    }

    private static IPAddress Address(byte last) => new([192, 0, 2, last]);

    private static byte[] A(string owner, byte last) => [.. Encode(owner), 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, last];

    private static byte[] Alias(string owner, string target)
    {
        byte[] name = Encode(target);
        return [.. Encode(owner), 0, 5, 0, 1, 0, 0, 0, 9, 0, (byte)name.Length, .. name];
    }

    private static byte[] Answer(byte[] query, params byte[][] records)
    {
        int question = 12 + Encode(NameIn(query)).Length + 4;
        byte[] reply = [.. query[..question], .. records.SelectMany(record => record)];
        reply[2] = 0x81;
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(6), (ushort)records.Length);
        reply[11] = 0;
        return reply;
    }

    private static bool Asks(byte[] query, string name) => NameIn(query) == name;

    private static string NameIn(byte[] query)
    {
        int at = 12;
        return DnsName.Read(query, ref at)!;
    }

    private static byte[] Encode(string name)
        => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}
