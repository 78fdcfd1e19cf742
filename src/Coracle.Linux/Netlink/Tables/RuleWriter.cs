namespace Coracle.Linux;

/// <summary>
/// The expressions of one rule, in the order in which a packet goes through them: each loads something into a register, compares, or
/// decides. A packet that fails a comparison or a lookup goes on to the next rule.
/// </summary>
public sealed class RuleWriter
{
    private readonly NetlinkWriter _writer;
    private TableFamily _family;
    private string? _comment;
    private int _expressions;

    internal RuleWriter(NetlinkWriter writer) => _writer = writer;

    public RuleWriter Meta(MetaKey key, Register to)
    {
        (int element, int data) = Begin("meta");
        _writer.BigU32(Abi.NFTA_META_KEY, (uint)key);
        _writer.BigU32(Abi.NFTA_META_DREG, (uint)to);
        return End(data, element);
    }

    /// <summary>Bytes of the network header.</summary>
    public RuleWriter NetworkHeader(int offset, int length, Register to) => Payload(Abi.NFT_PAYLOAD_NETWORK_HEADER, offset, length, to);

    /// <summary>Bytes of the transport header. What has none, such as a later fragment, does not go on.</summary>
    public RuleWriter TransportHeader(int offset, int length, Register to) => Payload(Abi.NFT_PAYLOAD_TRANSPORT_HEADER, offset, length, to);

    public RuleWriter Conntrack(ConntrackKey key, Register to)
    {
        (int element, int data) = Begin("ct");
        _writer.BigU32(Abi.NFTA_CT_KEY, (uint)key);
        _writer.BigU32(Abi.NFTA_CT_DREG, (uint)to);
        return End(data, element);
    }

    /// <summary>What kind of address the packet goes to: 2, RTN_LOCAL, is one of this namespace.</summary>
    public RuleWriter DestinationType(Register to)
    {
        (int element, int data) = Begin("fib");
        _writer.BigU32(Abi.NFTA_FIB_FLAGS, Abi.NFTA_FIB_F_DADDR);
        _writer.BigU32(Abi.NFTA_FIB_RESULT, Abi.NFT_FIB_RESULT_ADDRTYPE);
        _writer.BigU32(Abi.NFTA_FIB_DREG, (uint)to);
        return End(data, element);
    }

    /// <param name="isEqual">False: only packets of which it differs go on.</param>
    public RuleWriter Compare(Register register, scoped ReadOnlySpan<byte> value, bool isEqual = true)
    {
        (int element, int data) = Begin("cmp");
        _writer.BigU32(Abi.NFTA_CMP_SREG, (uint)register);
        _writer.BigU32(Abi.NFTA_CMP_OP, isEqual ? (uint)Abi.NFT_CMP_EQ : Abi.NFT_CMP_NEQ);
        Data(_writer, Abi.NFTA_CMP_DATA, value);
        return End(data, element);
    }

    /// <summary>Keeps only these bits.</summary>
    public RuleWriter Mask(Register register, scoped ReadOnlySpan<byte> mask)
    {
        (int element, int data) = Begin("bitwise");
        _writer.BigU32(Abi.NFTA_BITWISE_SREG, (uint)register);
        _writer.BigU32(Abi.NFTA_BITWISE_DREG, (uint)register);
        _writer.BigU32(Abi.NFTA_BITWISE_LEN, (uint)mask.Length);
        Data(_writer, Abi.NFTA_BITWISE_MASK, mask);
        Span<byte> zeros = stackalloc byte[mask.Length];
        zeros.Clear();
        Data(_writer, Abi.NFTA_BITWISE_XOR, zeros);
        return End(data, element);
    }

    public RuleWriter Load(Register to, scoped ReadOnlySpan<byte> value)
    {
        (int element, int data) = Begin("immediate");
        _writer.BigU32(Abi.NFTA_IMMEDIATE_DREG, (uint)to);
        Data(_writer, Abi.NFTA_IMMEDIATE_DATA, value);
        return End(data, element);
    }

    /// <summary>Goes on when the key is in the set.</summary>
    public RuleWriter InSet(Register key, string set, bool isInverted = false)
    {
        (int element, int data) = Begin("lookup");
        _writer.BigU32(Abi.NFTA_LOOKUP_SREG, (uint)key);
        _writer.Text(Abi.NFTA_LOOKUP_SET, set);
        if (isInverted)
        {
            _writer.BigU32(Abi.NFTA_LOOKUP_FLAGS, Abi.NFT_LOOKUP_F_INV);
        }

        return End(data, element);
    }

    /// <summary>Goes on with what the map gives for the key.</summary>
    public RuleWriter FromMap(Register key, string map, Register to) => Lookup(key, map, (uint)to);

    /// <summary>Decides as the map says; goes on to the next rule when the key is not in it.</summary>
    public RuleWriter ByMap(Register key, string map) => Lookup(key, map, Abi.NFT_REG_VERDICT);

    /// <summary>The flow goes to another address and port from now on.</summary>
    public RuleWriter DestinationNat(Register address, Register port) => Nat(Abi.NFT_NAT_DNAT, address, port);

    /// <summary>The flow comes from another address, and port if one is given.</summary>
    public RuleWriter SourceNat(Register address, Register? port = null) => Nat(Abi.NFT_NAT_SNAT, address, port);

    /// <summary>The flow comes from the address of the interface that it leaves by.</summary>
    public RuleWriter Masquerade()
    {
        (int element, int data) = Begin("masq");
        return End(data, element);
    }

    public RuleWriter Counter()
    {
        (int element, int data) = Begin("counter");
        return End(data, element);
    }

    public void Decide(Verdict verdict)
    {
        (int element, int data) = Begin("immediate");
        _writer.BigU32(Abi.NFTA_IMMEDIATE_DREG, Abi.NFT_REG_VERDICT);
        Data(_writer, Abi.NFTA_IMMEDIATE_DATA, verdict);
        End(data, element);
    }

    internal void Begin(TableFamily family, string comment)
    {
        (_family, _comment) = (family, comment);
        _expressions = _writer.Nest(Abi.NFTA_RULE_EXPRESSIONS, marked: true);
    }

    /// <returns>The comment of the rule that was open; null when none was.</returns>
    internal string? End()
    {
        string? comment = _comment;
        if (comment is not null)
        {
            _writer.End(_expressions);
            _comment = null;
        }

        return comment;
    }

    internal static void Data(NetlinkWriter writer, int type, scoped ReadOnlySpan<byte> value)
    {
        int nest = writer.Nest(type, marked: true);
        writer.Attribute(Abi.NFTA_DATA_VALUE, value);
        writer.End(nest);
    }

    internal static void Data(NetlinkWriter writer, int type, Verdict verdict)
    {
        int nest = writer.Nest(type, marked: true);
        int inner = writer.Nest(Abi.NFTA_DATA_VERDICT, marked: true);
        writer.BigU32(Abi.NFTA_VERDICT_CODE, (uint)verdict.Code);
        if (verdict.Chain.Length > 0)
        {
            writer.Text(Abi.NFTA_VERDICT_CHAIN, verdict.Chain);
        }

        writer.End(inner);
        writer.End(nest);
    }

    private RuleWriter Payload(int header, int offset, int length, Register to)
    {
        (int element, int data) = Begin("payload");
        _writer.BigU32(Abi.NFTA_PAYLOAD_DREG, (uint)to);
        _writer.BigU32(Abi.NFTA_PAYLOAD_BASE, (uint)header);
        _writer.BigU32(Abi.NFTA_PAYLOAD_OFFSET, (uint)offset);
        _writer.BigU32(Abi.NFTA_PAYLOAD_LEN, (uint)length);
        return End(data, element);
    }

    private RuleWriter Lookup(Register key, string map, uint to)
    {
        (int element, int data) = Begin("lookup");
        _writer.BigU32(Abi.NFTA_LOOKUP_SREG, (uint)key);
        _writer.BigU32(Abi.NFTA_LOOKUP_DREG, to);
        _writer.Text(Abi.NFTA_LOOKUP_SET, map);
        return End(data, element);
    }

    private RuleWriter Nat(int type, Register address, Register? port)
    {
        (int element, int data) = Begin("nat");
        _writer.BigU32(Abi.NFTA_NAT_TYPE, (uint)type);
        _writer.BigU32(Abi.NFTA_NAT_FAMILY, (uint)_family);
        _writer.BigU32(Abi.NFTA_NAT_REG_ADDR_MIN, (uint)address);
        if (port is { } register)
        {
            _writer.BigU32(Abi.NFTA_NAT_REG_PROTO_MIN, (uint)register);
        }

        return End(data, element);
    }

    private (int Element, int Data) Begin(string name)
    {
        int element = _writer.Nest(Abi.NFTA_LIST_ELEM, marked: true);
        _writer.Text(Abi.NFTA_EXPR_NAME, name);
        return (element, _writer.Nest(Abi.NFTA_EXPR_DATA, marked: true));
    }

    private RuleWriter End(int data, int element)
    {
        _writer.End(data);
        _writer.End(element);
        return this;
    }
}
