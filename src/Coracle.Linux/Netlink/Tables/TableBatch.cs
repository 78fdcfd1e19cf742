using System.Text;

namespace Coracle.Linux;

/// <summary>
/// Changes to nf_tables that the kernel makes all together or not at all, in the order in which they are said here. Packets see the
/// old rules or the new ones, and never something between.
/// </summary>
/// <remarks>
/// Every verb works on the table that <see cref="In"/> named last; one batch may change several. Elements that are added to one set one
/// after the other share a message, so that a batch's length grows with what it changes and with nothing else. For one thread, and
/// for one <see cref="TableSession.Commit"/>.
/// </remarks>
public sealed partial class TableBatch
{
    private const byte CommentType = 0; // of the nft command's own records in user data: table, chain and rule alike

    private readonly NetlinkWriter _writer = new();
    private readonly RuleWriter _rule;
    private TableFamily _family;
    private string _table = "";
    private uint _lastSet;

    public TableBatch()
    {
        _rule = new RuleWriter(_writer);
        _writer.BeginNetfilter(0, Abi.NFNL_MSG_BATCH_BEGIN, NetlinkFlags.None, 0, Abi.NFNL_SUBSYS_NFTABLES);
    }

    public bool IsEmpty => _writer.Count <= 1;

    /// <summary>With the two that frame a batch.</summary>
    public int Messages => _writer.Count;

    public int Length => _writer.Length;

    internal NetlinkWriter Writer => _writer;

    public TableBatch In(TableFamily family, string table)
    {
        Close();
        (_family, _table) = (family, table);
        return this;
    }

    /// <summary>No failure when it is there already.</summary>
    /// <param name="comment">Kernels before 5.10 forget it.</param>
    public void AddTable(string comment)
    {
        Begin(Abi.NFT_MSG_NEWTABLE, NetlinkFlags.Create);
        _writer.Text(Abi.NFTA_TABLE_NAME, _table);
        _writer.BigU32(Abi.NFTA_TABLE_FLAGS, 0);
        Comment(Abi.NFTA_TABLE_USERDATA, comment);
    }

    /// <summary>With everything in it. ENOENT when there is none.</summary>
    public void DeleteTable()
    {
        Begin(Abi.NFT_MSG_DELTABLE, NetlinkFlags.None);
        _writer.Text(Abi.NFTA_TABLE_NAME, _table);
    }

    /// <summary>In place of whatever the table held; nobody notices its absence.</summary>
    public void RemakeTable(string comment)
    {
        AddTable(comment);
        DeleteTable();
        AddTable(comment);
    }

    /// <summary>One that packets reach by a jump.</summary>
    public void AddChain(string name) => BeginChain(name, "");

    /// <summary>One that packets meet at a hook; whatever falls off its end is accepted.</summary>
    /// <param name="type">filter, nat or route.</param>
    public void AddBaseChain(string name, string type, ChainHook hook, int priority)
    {
        BeginChain(name, type);
        _writer.BigU32(Abi.NFTA_CHAIN_POLICY, Abi.NF_ACCEPT);
        int nest = _writer.Nest(Abi.NFTA_CHAIN_HOOK, marked: true);
        _writer.BigU32(Abi.NFTA_HOOK_HOOKNUM, (uint)hook);
        _writer.BigU32(Abi.NFTA_HOOK_PRIORITY, (uint)priority);
        _writer.End(nest);
    }

    public void AddSet(SetShape shape)
    {
        Begin(Abi.NFT_MSG_NEWSET, NetlinkFlags.Create);
        _writer.Text(Abi.NFTA_SET_TABLE, _table);
        _writer.Text(Abi.NFTA_SET_NAME, shape.Name);
        _writer.BigU32(Abi.NFTA_SET_FLAGS, shape.IsMap ? Abi.NFT_SET_MAP : 0u);
        _writer.BigU32(Abi.NFTA_SET_KEY_TYPE, SetShape.TypeOf(shape.Key));
        _writer.BigU32(Abi.NFTA_SET_KEY_LEN, (uint)SetShape.LengthOf(shape.Key));
        if (shape.IsMap)
        {
            _writer.BigU32(Abi.NFTA_SET_DATA_TYPE, shape.GivesVerdict ? Abi.NFT_DATA_VERDICT : SetShape.TypeOf(shape.Data!));
            _writer.BigU32(Abi.NFTA_SET_DATA_LEN, shape.GivesVerdict ? 0 : (uint)SetShape.LengthOf(shape.Data!));
        }

        _writer.BigU32(Abi.NFTA_SET_ID, ++_lastSet);
        if (shape.IsHostOrder)
        {
            // One record, the byte order of keys: type 0, length 4, 1 for the host's.
            _writer.Attribute(Abi.NFTA_SET_USERDATA, [0, 4, 1, 0, 0, 0]);
        }
    }

    /// <summary>Its expressions are said to the writer that comes back, until the next verb of this batch.</summary>
    /// <param name="comment">For people, and to find the rule again.</param>
    /// <param name="isFirst">Before all other rules of the chain; otherwise behind them.</param>
    public RuleWriter AddRule(string chain, string comment = "", bool isFirst = false)
    {
        Begin(Abi.NFT_MSG_NEWRULE, isFirst ? NetlinkFlags.Create : NetlinkFlags.Create | NetlinkFlags.Append);
        _writer.Text(Abi.NFTA_RULE_TABLE, _table);
        _writer.Text(Abi.NFTA_RULE_CHAIN, chain);
        _rule.Begin(_family, comment);
        return _rule;
    }

    /// <param name="handle">Of <see cref="RuleFacts"/>.</param>
    public void DeleteRule(string chain, ulong handle)
    {
        Begin(Abi.NFT_MSG_DELRULE, NetlinkFlags.None);
        _writer.Text(Abi.NFTA_RULE_TABLE, _table);
        _writer.Text(Abi.NFTA_RULE_CHAIN, chain);
        _writer.BigU64(Abi.NFTA_RULE_HANDLE, handle);
    }

    /// <summary>The frame's other end. Without it the kernel checks everything and changes nothing.</summary>
    internal void Finish()
    {
        Close();
        _writer.BeginNetfilter(0, Abi.NFNL_MSG_BATCH_END, NetlinkFlags.None, 0, Abi.NFNL_SUBSYS_NFTABLES);
    }

    private void BeginChain(string name, string type)
    {
        Begin(Abi.NFT_MSG_NEWCHAIN, NetlinkFlags.Create);
        _writer.Text(Abi.NFTA_CHAIN_TABLE, _table);
        _writer.Text(Abi.NFTA_CHAIN_NAME, name);
        if (type.Length > 0)
        {
            _writer.Text(Abi.NFTA_CHAIN_TYPE, type);
        }
    }

    private void Begin(int type, NetlinkFlags flags)
    {
        Close();
        _writer.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, type, flags, (byte)_family);
    }

    /// <summary>What is still open: a message's list of elements, or of expressions.</summary>
    internal void Close()
    {
        CloseElements();
        if (_rule.End() is { Length: > 0 } comment)
        {
            Comment(Abi.NFTA_RULE_USERDATA, comment);
        }
    }

    private void Comment(int type, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Span<byte> record = stackalloc byte[Abi.NFT_USERDATA_MAXLEN];
        record = record[..(length + 3)];
        record[0] = CommentType;
        record[1] = (byte)(length + 1);
        Encoding.UTF8.GetBytes(text, record[2..]);
        record[^1] = 0;
        _writer.Attribute(type, record);
    }
}
