using System.Net;
using System.Text;
using Coracle.Dns;

namespace Coracle.Tests.Dns.Serving;

public class NameServerTests
{
    private const int A = 1, Mx = 15, Ptr = 12, Txt = 16, Aaaa = 28, Axfr = 252;

    private static readonly SandboxNames _inside = new([Front(), Back()], OutsideNames.Forwarded);

    [Fact]
    public void The_answer_for_a_name_is_byte_for_byte_this()
    {
        byte[] question = Ask.For("db", A);

        NameServerReply reply = Ask.Answer(_inside, question, out byte[] answer);

        Assert.Equal(NameServerVerdict.Answer, reply.Verdict);
        Assert.Equal(
            "1234" + "8180" + "0001" + "0001" + "0000" + "0000" // id; answer, recursion desired and available; counts
            + "02646200" + "0001" + "0001"                      // "db" A IN
            + "C00C" + "0001" + "0001" + "00000258" + "0004" + "AC120002", // the name above, A IN, 600 s, 172.18.0.2
            Convert.ToHexString(answer));
    }

    [Fact]
    public void The_answer_for_an_address_is_byte_for_byte_this()
    {
        _ = Ask.Answer(_inside, Ask.For("2.0.18.172.in-addr.arpa", Ptr, datagram: 1232), out byte[] answer);

        Assert.Equal(
            "1234" + "8180" + "0001" + "0001" + "0000" + "0001"
            + "0132" + "0130" + "023138" + "03313732" + "07696E2D61646472" + "0461727061" + "00" + "000C" + "0001"
            + "C00C" + "000C" + "0001" + "00000258" + "000A" + "026462" + "0566726F6E74" + "00" // db.front.
            + "00" + "0029" + "04D0" + "00" + "00" + "8000" + "0000", // OPT: 1232 bytes, version 0, DO as asked
            Convert.ToHexString(answer));
    }

    [Theory]
    [InlineData("DB", A, "172.18.0.2")]
    [InlineData("db.front", A, "172.18.0.2")]
    [InlineData("Db.Front", A, "172.18.0.2")]
    [InlineData("a.dotted.name", A, "172.18.0.9")]
    [InlineData("a.dotted.name.front", A, "172.18.0.9")]
    [InlineData("only-back", A, "172.19.0.3")]
    [InlineData("both.back", A, "172.19.0.4")]
    [InlineData("both", A, "172.18.0.4")]
    [InlineData("db", Aaaa, "fd00::2")]
    public void Names_are_found_with_and_without_their_network_and_in_any_case(string name, int type, string address)
    {
        byte[] question = Ask.For(name, type);

        _ = Ask.Answer(_inside, question, out byte[] answer);

        Assert.Equal([IPAddress.Parse(address)], Ask.Addresses(answer, question, type == Aaaa));
    }

    [Theory]
    [InlineData("only-back", Aaaa)]
    [InlineData("db", Mx)]
    [InlineData("db", Txt)]
    [InlineData("db.front", Txt)]
    [InlineData("db", 255)]
    public void What_a_known_name_does_not_have_is_an_empty_answer_and_never_asked_outside(string name, int type)
    {
        Assert.Equal(NameServerVerdict.Answer, Ask.Answer(_inside, Ask.For(name, type), out byte[] answer).Verdict);
        Assert.Equal((0, 0), (Ask.Code(answer), Ask.Count(answer)));
    }

    [Fact]
    public void An_address_that_only_the_second_network_has_is_found()
    {
        byte[] question = Ask.For("both", Aaaa);
        _ = Ask.Answer(_inside, question, out byte[] answer);
        Assert.Equal([IPAddress.Parse("fd01::4")], Ask.Addresses(answer, question, v6: true));
    }

    [Theory]
    [InlineData("example.com", A)]
    [InlineData("other", A)]
    [InlineData("db.back", A)]
    [InlineData("db.front.example", A)]
    [InlineData("9.9.9.9.in-addr.arpa", Ptr)]
    [InlineData("0.18.172.in-addr.arpa", Ptr)]
    [InlineData("256.0.18.172.in-addr.arpa", Ptr)]
    [InlineData("example.com", Mx)]
    public void What_no_table_has_is_asked_outside(string name, int type)
        => Assert.Equal(NameServerVerdict.Forward, Ask.Answer(_inside, Ask.For(name, type), out _).Verdict);

    [Fact]
    public void The_root_is_asked_outside()
        => Assert.Equal(NameServerVerdict.Forward, Ask.Answer(_inside, Ask.For("", 2), out _).Verdict);

    [Fact]
    public void An_internal_network_asks_nothing_outside()
    {
        SandboxNames names = new([Front()], OutsideNames.Refused);
        Assert.Equal(NameServerVerdict.Answer, Ask.Answer(names, Ask.For("c2.example.com", A), out byte[] answer).Verdict);
        Assert.Equal(2, Ask.Code(answer)); // SERVFAIL, as Docker
        _ = Ask.Answer(names, Ask.For("db", A), out answer);
        Assert.Equal(1, Ask.Count(answer));
    }

    [Fact]
    public void With_ndots_set_names_of_one_label_are_left_to_the_search_domains()
    {
        SandboxNames names = new([Front()], OutsideNames.Forwarded | OutsideNames.OnlyQualified);
        Assert.Equal(NameServerVerdict.Answer, Ask.Answer(names, Ask.For("other", A), out byte[] answer).Verdict);
        Assert.Equal((0, 0), (Ask.Code(answer), Ask.Count(answer)));
        Assert.Equal(NameServerVerdict.Forward, Ask.Answer(names, Ask.For("other.example", A), out _).Verdict);
    }

    [Fact]
    public void Several_addresses_take_turns_at_being_the_first()
    {
        byte[] question = Ask.For("web", A);
        IPAddress[] firsts = [.. Enumerable.Range(0, 3).Select(turn =>
        {
            _ = Ask.Answer(_inside, question, out byte[] answer, turn: (uint)turn);
            Assert.Equal(3, Ask.Count(answer));
            return Ask.Addresses(answer, question)[0];
        })];
        Assert.Equal(3, firsts.Distinct().Count());
    }

    [Fact]
    public void What_does_not_fit_the_datagram_is_left_out_and_said_so()
    {
        NameTableBuilder builder = new("n");
        for (int i = 0; i < 200; i++)
        {
            builder.Add("many", new IPAddress([10, 0, 0, (byte)i]));
        }

        SandboxNames names = new([NameTable.Read(builder.Write())], OutsideNames.Forwarded);
        _ = Ask.Answer(names, Ask.For("many", A), out byte[] plain);
        Assert.True(plain.Length <= 512 && Ask.IsTruncated(plain) && Ask.Count(plain) > 20);
        _ = Ask.Answer(names, Ask.For("many", A, datagram: 1232), out byte[] extended);
        Assert.True(extended.Length <= 1232 && Ask.IsTruncated(extended) && Ask.Count(extended) > Ask.Count(plain));
        _ = Ask.Answer(names, Ask.For("many", A, datagram: 4096), out byte[] large);
        Assert.False(Ask.IsTruncated(large));
        _ = Ask.Answer(names, Ask.For("many", A), out byte[] whole, stream: true);
        Assert.Equal((false, 200), (Ask.IsTruncated(whole), Ask.Count(whole)));
    }

    [Fact]
    public void A_promise_of_less_than_512_bytes_is_not_believed()
        => Assert.Equal(512, Ask.Answer(_inside, Ask.For("example.com", A, datagram: 100), out _).Limit);

    [Theory]
    [InlineData("", NameServerVerdict.Silence, -1)]
    [InlineData("12348180000100000000000002646200 00010001", NameServerVerdict.Silence, -1)] // an answer
    [InlineData("1234", NameServerVerdict.Silence, -1)]
    [InlineData("123411000001000000000000026462000001 0001", NameServerVerdict.Answer, 4)] // opcode 2
    [InlineData("12342900000100000000000002646200000600 01", NameServerVerdict.Answer, 4)] // an update
    [InlineData("123401000000000000000000", NameServerVerdict.Answer, 1)] // no question
    [InlineData("12340100000200000000000002646200000100010264620000010001", NameServerVerdict.Answer, 1)]
    [InlineData("123401000001000000000000026462", NameServerVerdict.Answer, 1)] // cut short
    [InlineData("12340100000100000000000002646200 0001", NameServerVerdict.Answer, 1)]
    [InlineData("123401000001000000000000C00C00010001", NameServerVerdict.Answer, 1)] // a pointer to itself
    [InlineData("12340100000100010000000002646200 00010001", NameServerVerdict.Answer, 1)] // with an answer that is not there
    [InlineData("12340100000100000000000102646200 00010001 0000", NameServerVerdict.Answer, 1)] // OPT cut short
    public void What_is_no_question_gets_an_error_or_nothing(string hex, NameServerVerdict verdict, int code)
    {
        NameServerReply reply = Ask.Answer(_inside, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out byte[] answer);
        Assert.Equal(verdict, reply.Verdict);
        Assert.Equal(code, verdict == NameServerVerdict.Silence ? -1 : Ask.Code(answer));
    }

    [Fact]
    public void Other_classes_and_zone_transfers_are_refused()
    {
        _ = Ask.Answer(_inside, Ask.For("version.bind", Txt, queryClass: 3), out byte[] chaos);
        _ = Ask.Answer(_inside, Ask.For("example.com", Axfr), out byte[] transfer);
        Assert.Equal((5, 5), (Ask.Code(chaos), Ask.Code(transfer)));
    }

    [Fact]
    public void A_later_version_of_the_extension_is_told_ours()
    {
        _ = Ask.Answer(_inside, Ask.For("db", A, datagram: 1232, version: 1), out byte[] answer);
        Assert.Equal(0, Ask.Code(answer));
        Assert.Equal("0000290" + "4D0" + "0100" + "8000" + "0000", Convert.ToHexString(answer.AsSpan(answer.Length - 11))); // upper bits of 16
    }

    [Fact]
    public void A_dot_inside_a_label_is_not_one_between_labels()
    {
        byte[] question = Ask.For("db#front", A);
        question[Array.IndexOf(question, (byte)'#')] = (byte)'.';
        Assert.Equal(NameServerVerdict.Forward, Ask.Answer(_inside, question, out _).Verdict);
    }

    [Fact]
    public void The_longest_name_is_no_trouble()
    {
        string longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));
        Assert.Equal(253, longest.Length);
        NameTableBuilder builder = new(longest);
        builder.Add(longest, IPAddress.Parse("10.0.0.1"));
        builder.AddReverse(IPAddress.Parse("10.0.0.1"), longest);
        SandboxNames names = new([NameTable.Read(builder.Write())], OutsideNames.Forwarded);
        _ = Ask.Answer(names, Ask.For(longest, A, datagram: 1232), out byte[] answer);
        Assert.Equal(1, Ask.Count(answer));
        _ = Ask.Answer(names, Ask.For("1.0.0.10.in-addr.arpa", Ptr), out answer);
        Assert.Equal((0, 1), (Ask.Code(answer), Ask.Count(answer)));
        Assert.Equal(1, Ask.Code(Failing(longest + "aa")));
    }

    [Fact]
    public void A_question_that_fails_outside_is_given_back()
    {
        byte[] question = Ask.For("example.com", A, datagram: 1232), answer = new byte[512];
        int length = NameServer.Fail(question, answer);
        Assert.Equal(question.Length, length);
        Assert.Equal((2, 0), (Ask.Code(answer), Ask.Count(answer)));
        Assert.True(NameServer.Truncate(question, answer) == length && Ask.IsTruncated(answer));
    }

    [Fact]
    public void Nothing_is_allocated_for_an_answer()
    {
        byte[][] questions = [Ask.For("db", A), Ask.For("web.front", A, 1232), Ask.For("2.0.18.172.in-addr.arpa", Ptr), Ask.For("x.example", A)];
        byte[] answer = new byte[4096];
        foreach (byte[] question in questions)
        {
            _ = NameServer.Answer(_inside, question, answer, false, 0);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 1000; i++)
        {
            _ = NameServer.Answer(_inside, questions[i % questions.Length], answer, false, i);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Failing(string name)
    {
        _ = Ask.Answer(_inside, Ask.For(name, A), out byte[] answer);
        return answer;
    }

    private static NameTable Front()
    {
        NameTableBuilder builder = new("front");
        builder.Add("Db", IPAddress.Parse("172.18.0.2"));
        builder.Add("db", IPAddress.Parse("fd00::2"));
        builder.AddReverse(IPAddress.Parse("172.18.0.2"), "db");
        builder.AddReverse(IPAddress.Parse("fd00::2"), "db");
        builder.Add("a.dotted.name", IPAddress.Parse("172.18.0.9"));
        builder.Add("both", IPAddress.Parse("172.18.0.4"));
        foreach (string address in new[] { "172.18.0.5", "172.18.0.6", "172.18.0.7" })
        {
            builder.Add("web", IPAddress.Parse(address));
        }

        return NameTable.Read(builder.Write());
    }

    private static NameTable Back()
    {
        NameTableBuilder builder = new("back");
        builder.Add("only-back", IPAddress.Parse("172.19.0.3"));
        builder.Add("both", IPAddress.Parse("172.19.0.4"));
        builder.Add("both", IPAddress.Parse("fd01::4"));
        return NameTable.Read(builder.Write());
    }

    [Fact]
    public void The_address_of_the_sixth_version_has_its_name()
    {
        string nibbles = string.Join('.', Convert.ToHexStringLower(IPAddress.Parse("fd00::2").GetAddressBytes()).Reverse());
        _ = Ask.Answer(_inside, Ask.For(nibbles + ".ip6.arpa", Ptr), out byte[] answer);
        Assert.Equal(1, Ask.Count(answer));
        Assert.EndsWith("\u0002db\u0005front\0", Encoding.Latin1.GetString(answer), StringComparison.Ordinal);
    }
}
