using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>What comes back is written as what goes there, so the writer serves as the kernel here; RootTests ask the real one.</summary>
public sealed class TableDumpTests
{
    [Fact]
    public void A_table_keeps_its_comment()
    {
        TableBatch batch = Begin();
        batch.AddTable("coracle 1");
        Assert.Equal(new TableFacts(TableFamily.IPv4, "coracle", 0, "coracle 1"), Read(batch, TableDump.ParseTable));
    }

    [Fact]
    public void A_chain_with_and_without_a_hook()
    {
        TableBatch batch = Begin();
        batch.AddBaseChain("forward", "filter", ChainHook.Forward, -1);
        Assert.Equal(
            new ChainFacts(TableFamily.IPv4, "coracle", "forward", 0, 0) { Hook = ChainHook.Forward, Priority = -1, Type = "filter" },
            Read(batch, TableDump.ParseChain));
        batch.AddChain("x");
        Assert.Equal(new ChainFacts(TableFamily.IPv4, "coracle", "x", 0, 0), Read(batch, TableDump.ParseChain));
    }

    [Fact]
    public void A_rule_that_spares_nobody_and_one_that_does()
    {
        var rule = new RuleFacts(TableFamily.IPv4, "coracle", "forward", 0);
        TableBatch batch = Begin();
        batch.AddRule("forward", "all").Counter().Decide(Verdict.Drop);
        Assert.Equal(rule with { Comment = "all", Verdict = Verdict.Drop }, Read(batch, TableDump.ParseRule));
        batch.AddRule("forward").Meta(MetaKey.Mark, Register.First).Compare(Register.First, [1, 0, 0, 0]).Decide(Verdict.Jump("x"));
        Assert.Equal(rule with { Verdict = Verdict.Jump("x"), IsConditional = true }, Read(batch, TableDump.ParseRule));
    }

    /// <summary>iptables-nft's REJECT is a target of xtables, its comment a match.</summary>
    [Fact]
    public void The_words_of_iptables_are_understood()
    {
        var writer = new NetlinkWriter();
        writer.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, Abi.NFT_MSG_NEWRULE, NetlinkFlags.None, Abi.NFPROTO_IPV4);
        writer.Text(Abi.NFTA_RULE_TABLE, "filter");
        int list = writer.Nest(Abi.NFTA_RULE_EXPRESSIONS);
        foreach ((string kind, string name) in new[] { ("match", "comment"), ("target", "REJECT") })
        {
            int element = writer.Nest(Abi.NFTA_LIST_ELEM);
            writer.Text(Abi.NFTA_EXPR_NAME, kind);
            int data = writer.Nest(Abi.NFTA_EXPR_DATA);
            writer.Text(1, name);
            writer.End(data);
            writer.End(element);
        }

        writer.End(list);
        Assert.Equal(new RuleFacts(TableFamily.IPv4, "filter", "", 0) { Rejects = true }, Read(writer, TableDump.ParseRule));
    }

    [Theory]
    [InlineData(new byte[] { 0 })] // no length
    [InlineData(new byte[] { 0, 9, 1 })] // longer than there is
    [InlineData(new byte[] { 7, 1, 65 })] // another kind of record
    public void User_data_that_is_no_comment_is_none(byte[] userData)
    {
        var writer = new NetlinkWriter();
        writer.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, Abi.NFT_MSG_NEWTABLE, NetlinkFlags.None, Abi.NFPROTO_IPV6);
        writer.Attribute(Abi.NFTA_TABLE_USERDATA, userData);
        Assert.Equal(new TableFacts(TableFamily.IPv6, "", 0, ""), Read(writer, TableDump.ParseTable));
    }

    [Fact]
    public void Too_short_a_number_is_refused()
    {
        var writer = new NetlinkWriter();
        writer.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, Abi.NFT_MSG_NEWCHAIN, NetlinkFlags.None, Abi.NFPROTO_IPV4);
        writer.U8(Abi.NFTA_CHAIN_USE, 1);
        Assert.Equal(Errno.EBADMSG, Assert.Throws<LinuxException>(() => Read(writer, TableDump.ParseChain)).Errno);
    }

    private static TableBatch Begin() => new TableBatch().In(TableFamily.IPv4, "coracle");

    private static T? Read<T>(TableBatch batch, NetlinkParse<T> parse)
        where T : class
    {
        batch.Close();
        return Read(batch.Writer, parse);
    }

    private static T? Read<T>(NetlinkWriter writer, NetlinkParse<T> parse)
        where T : class
    {
        T? last = null;
        var reader = new NetlinkReader(writer.Written);
        while (reader.TryRead(out NetlinkMessage message))
        {
            last = parse(message);
        }

        return last;
    }
}
