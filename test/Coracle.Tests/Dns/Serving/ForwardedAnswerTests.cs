using Coracle.Dns;

namespace Coracle.Tests.Dns.Serving;

public class ForwardedAnswerTests
{
    private static readonly byte[] _query = Ask.For("www.Example.com", 1, datagram: 1232);

    [Fact]
    public void The_answer_to_the_question_is_passed_on()
    {
        Assert.Equal(ForwardedVerdict.Final, Judge(0x8180));
        Assert.Equal(ForwardedVerdict.Final, Judge(0x8183)); // no such name is an answer
        Assert.Equal(ForwardedVerdict.Final, ForwardedAnswer.Judge(With(Ask.For("WWW.example.COM", 1), 0x8180), _query));
    }

    [Fact]
    public void A_server_that_cannot_say_is_told_from_one_that_can()
    {
        Assert.Equal(ForwardedVerdict.Unhelpful, Judge(0x8182));
        Assert.Equal(ForwardedVerdict.Unhelpful, Judge(0x8185));
        Assert.Equal(ForwardedVerdict.Unhelpful, ForwardedAnswer.Judge([0x12, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0], _query));
        Assert.Equal(ForwardedVerdict.Truncated, Judge(0x8380));
    }

    [Fact]
    public void Anything_else_is_foreign()
    {
        Assert.Equal(ForwardedVerdict.Foreign, Judge(0x0100)); // the question itself
        Assert.Equal(ForwardedVerdict.Foreign, Judge(0x9180)); // another operation
        byte[] otherId = With(_query, 0x8180);
        otherId[0]++;
        Assert.Equal(ForwardedVerdict.Foreign, ForwardedAnswer.Judge(otherId, _query));
        Assert.Equal(ForwardedVerdict.Foreign, ForwardedAnswer.Judge(With(Ask.For("www.example.org", 1), 0x8180), _query));
        Assert.Equal(ForwardedVerdict.Foreign, ForwardedAnswer.Judge(With(Ask.For("www.example.com", 28), 0x8180), _query));
        Assert.Equal(ForwardedVerdict.Foreign, ForwardedAnswer.Judge(With(_query, 0x8180).AsSpan(0, 20), _query));
        Assert.Equal(ForwardedVerdict.Foreign, ForwardedAnswer.Judge([], _query));
        Assert.Equal(ForwardedVerdict.Foreign, ForwardedAnswer.Judge([0x12, 0x34, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0], _query));
    }

    private static ForwardedVerdict Judge(ushort flags) => ForwardedAnswer.Judge(With(_query, flags), _query);

    private static byte[] With(byte[] message, ushort flags)
    {
        byte[] changed = [.. message];
        (changed[2], changed[3]) = ((byte)(flags >> 8), (byte)flags);
        return changed;
    }
}
