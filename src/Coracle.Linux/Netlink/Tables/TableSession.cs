using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>nf_tables of one network namespace: transactions, and what is there. For one thread at a time.</summary>
public sealed class TableSession : IDisposable
{
    private readonly NetlinkSocket _socket;

    private TableSession(NetlinkSocket socket) => _socket = socket;

    /// <summary>In the network namespace of the calling thread.</summary>
    /// <exception cref="LinuxException">EPROTONOSUPPORT: a kernel without netfilter's netlink.</exception>
    public static TableSession Open() => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter));

    /// <param name="space">An open /proc/PID/ns/net.</param>
    public static TableSession OpenIn(SafeFileHandle space) => new(NetlinkSocket.OpenIn(space, NetlinkProtocol.Netfilter));

    /// <summary>All of it or nothing.</summary>
    /// <exception cref="LinuxException">The change that the kernel refused, named with its table.</exception>
    public void Commit(TableBatch batch) => TryCommit(batch).ThrowIfFailed("nf_tables", "");

    /// <inheritdoc cref="Commit"/>
    public TableResult TryCommit(TableBatch batch)
    {
        batch.Finish();
        return Send(batch);
    }

    /// <summary>What <see cref="TryCommit"/> would say; nothing is changed. The batch may not be committed afterwards.</summary>
    public TableResult Check(TableBatch batch)
    {
        batch.Close();
        return Send(batch);
    }

    /// <summary>Counts every transaction of anybody in this namespace: while it stands still, no rule has changed.</summary>
    public uint Generation()
    {
        var question = new NetlinkWriter();
        question.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, Abi.NFT_MSG_GETGEN, NetlinkFlags.Acknowledge, 0);
        uint generation = 0;
        _socket.Ask<object>(question, (in NetlinkMessage message) => TableDump.TryParseGeneration(message, ref generation), "NFT_MSG_GETGEN", "");
        return generation;
    }

    public List<TableFacts> Tables(TableFamily? family = null)
        => Dump(Abi.NFT_MSG_GETTABLE, family, "", TableDump.ParseTable, "NFT_MSG_GETTABLE");

    public List<ChainFacts> Chains(TableFamily? family = null)
        => Dump(Abi.NFT_MSG_GETCHAIN, family, "", TableDump.ParseChain, "NFT_MSG_GETCHAIN");

    /// <summary>Of one table. Kernels before 4.9 or so send those of all, so the caller looks at each one's table.</summary>
    public List<RuleFacts> Rules(TableFamily family, string table)
    {
        List<RuleFacts> rules = Dump(Abi.NFT_MSG_GETRULE, family, table, TableDump.ParseRule, "NFT_MSG_GETRULE");
        rules.RemoveAll(rule => rule.Family != family || rule.Table != table);
        return rules;
    }

    public void Dispose() => _socket.Dispose();

    /// <param name="family">Null: of all families.</param>
    private List<T> Dump<T>(int type, TableFamily? family, string table, NetlinkParse<T> parse, string call)
        where T : class
    {
        var question = new NetlinkWriter();
        question.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, type, NetlinkFlags.Dump, (byte)(family ?? 0));
        if (table.Length > 0)
        {
            question.Text(Abi.NFTA_RULE_TABLE, table);
        }

        return _socket.Ask(question, parse, call, table);
    }

    // The kernel has answered every message when sendmsg returns, and answers refusals alone; so nothing is asked for on success.
    private TableResult Send(TableBatch batch)
    {
        NetlinkResult result = _socket.TrySend(batch.Writer);
        return new TableResult(result, result.Succeeded ? "" : TableDump.Describe(batch.Writer.Written, result.Message));
    }
}

/// <summary>What became of a transaction.</summary>
/// <param name="Kernel">Its first refusal.</param>
/// <param name="Subject">Of the refused message: what it wanted to do, and where.</param>
public readonly record struct TableResult(NetlinkResult Kernel, string Subject)
{
    public bool Succeeded => Kernel.Succeeded;

    public Errno Errno => Kernel.Errno;

    public void ThrowIfFailed(string call, string subject) => Kernel.ThrowIfFailed(call, subject.Length == 0 ? Subject : $"{subject}: {Subject}");
}
