using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>The ports are little endian, and so are the host's numbers here.</summary>
public sealed class NetlinkWriterTests
{
    private readonly NetlinkWriter _writer = new(capacity: 16);

    [Fact]
    public void Every_kind_of_attribute_has_its_length_its_type_and_padding()
    {
        _writer.Begin(0x0A01, NetlinkFlags.Acknowledge | NetlinkFlags.Create);
        _writer.U8(1, 0x11);
        _writer.U16(2, 0x1122);
        _writer.U32(3, 0x11223344);
        _writer.U64(4, 0x1122334455667788);
        _writer.BigU16(5, 0x1122);
        _writer.BigU32(6, 0x11223344);
        _writer.BigU64(7, 0x1122334455667788);
        _writer.Text(8, "eth0");
        _writer.Attribute(9, [1, 2, 3]);
        _writer.Flag(10);

        Hex.AssertEqual(
            """
            68000000 010A 0504 00000000 00000000 ; 104 bytes, type, REQUEST ACK CREATE, number, port
            0500 0100 11 000000                  ; length with header but without padding
            0600 0200 2211 0000
            0800 0300 44332211
            0C00 0400 8877665544332211
            0600 0500 1122 0000
            0800 0600 11223344
            0C00 0700 1122334455667788
            0900 0800 6574683000 000000          ; with its NUL
            0700 0900 010203 00
            0400 0A00
            """,
            _writer.Written);
    }

    [Fact]
    public void A_nest_is_as_long_as_what_is_in_it()
    {
        _writer.Begin(16, NetlinkFlags.None);
        int outer = _writer.Nest(18);
        int inner = _writer.Nest(2, marked: true);
        _writer.U8(5, 1);
        Assert.Equal(12, _writer.LengthOf(inner));
        _writer.End(inner);
        _writer.End(outer);
        _writer.U8(6, 2);

        Hex.AssertEqual(
            """
            28000000 1000 0100 00000000 00000000
            1000 1200
                0C00 0280                        ; NLA_F_NESTED is the highest bit
                    0500 0500 01 000000
            0500 0600 02 000000
            """,
            _writer.Written);
    }

    [Fact]
    public void A_batch_of_netfilter_is_numbered_and_counts_who_asks_for_an_answer()
    {
        _writer.BeginNetfilter(0, 16, NetlinkFlags.None, 0, resource: 10);
        _writer.BeginNetfilter(10, 0, NetlinkFlags.Acknowledge | NetlinkFlags.Create, 2);
        _writer.Text(1, "coracle");
        _writer.BeginNetfilter(0, 17, NetlinkFlags.None, 0, resource: 10);

        Assert.Equal((3, 1), (_writer.Count, _writer.Number(7)));
        Hex.AssertEqual(
            """
            14000000 1000 0100 07000000 00000000  00 00 000A ; NFNL_MSG_BATCH_BEGIN, res_id big endian
            20000000 000A 0504 08000000 00000000  02 00 0000 ; NFT_MSG_NEWTABLE, ip
                0C00 0100 636F7261636C6500
            14000000 1100 0100 09000000 00000000  00 00 000A ; NFNL_MSG_BATCH_END
            """,
            _writer.Written);
    }

    [Fact]
    public void The_buffer_grows_and_is_clean_when_it_is_used_again()
    {
        _writer.Begin(16, NetlinkFlags.None);
        _writer.Attribute(1, new byte[5000].Select(_ => (byte)0xFF).ToArray());
        Assert.Equal(16 + 4 + 5000, _writer.Length);

        _writer.Clear();
        _writer.Begin(16, NetlinkFlags.None);
        _writer.Body(4);
        _writer.U8(1, 2);
        Hex.AssertEqual("1C000000 1000 0100 00000000 00000000 00000000 0500 0100 02 000000", _writer.Written);
    }

    [Fact]
    public void What_the_kernel_could_not_read_is_refused()
    {
        _writer.Begin(16, NetlinkFlags.None);
        Assert.Equal(Errno.EMSGSIZE, Assert.Throws<LinuxException>(() => _writer.Attribute(1, new byte[ushort.MaxValue - 3])).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _writer.Text(1, "a\0b")).Errno);
        Assert.Throws<OverflowException>(() => _writer.U8(0x10000, 1));

        _writer.Clear();
        _writer.Begin(16, NetlinkFlags.None);
        int nest = _writer.Nest(1);
        _writer.Attribute(2, new byte[40_000]);
        _writer.Attribute(2, new byte[40_000]);
        Assert.Throws<LinuxException>(() => _writer.End(nest));
        Assert.Throws<InvalidOperationException>(() => _writer.Begin(16, NetlinkFlags.None));
    }
}
