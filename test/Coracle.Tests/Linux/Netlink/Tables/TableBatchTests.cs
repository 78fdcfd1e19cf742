using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>
/// The same bytes as nft 1.0.6 sends (its <c>--debug=mnl</c>), word by word, but for sequence numbers. Two attributes of its are none of
/// ours: the number of a set in the transaction, where the name says it, and flags that the kernel finds by itself.
/// </summary>
public sealed class TableBatchTests
{
    private const string Coracle = "0c000100 636f7261 636c6500"; // attribute 1, "coracle"

    [Fact]
    public void A_batch_is_framed_and_says_whom_it_is_for()
    {
        var batch = new TableBatch();
        Assert.True(batch.IsEmpty);
        batch.Finish();
        Assert.Equal([(0x10, "0000000a"), (0x11, "0000000a")], Messages(batch));
    }

    [Fact]
    public void A_table_with_its_comment()
    {
        TableBatch batch = Begin();
        batch.AddTable("coracle 1");
        Assert.Equal($"02000000 {Coracle} 08000200 00000000 10000600 000a636f 7261636c 65203100", Last(batch));
    }

    [Fact]
    public void A_chain_at_a_hook_and_one_without()
    {
        TableBatch batch = Begin();
        batch.AddBaseChain("forward", "filter", ChainHook.Forward, ChainPriority.Filter);
        Assert.Equal(
            $"02000000 {Coracle} 0c000300 666f7277 61726400 0b000700 66696c74 65720000 08000500 00000001 14000480 08000100 00000002 08000200 00000000",
            Last(batch));
        batch.AddChain("to_nat");
        Assert.Equal($"02000000 {Coracle} 0b000300 746f5f6e 61740000", Last(batch));
    }

    [Fact]
    public void A_set_of_names()
    {
        TableBatch batch = Begin();
        batch.AddSet(new SetShape("bridges", [SetField.InterfaceName]));
        Assert.Equal(
            $"02000000 {Coracle} 0c000200 62726964 67657300 08000300 00000000 08000400 00000029 08000500 00000010 08000a00 00000001 0a000d00 00040100 00000000",
            Last(batch));
    }

    /// <summary>12 bytes of key, 8 of data, though the fields have 7 and 6; nft's further user data is for its own printing.</summary>
    [Fact]
    public void A_map_of_concatenations()
    {
        TableBatch batch = Begin();
        batch.AddSet(new SetShape("ports", [SetField.IPv4Address, SetField.Protocol, SetField.Port], [SetField.IPv4Address, SetField.Port]));
        Assert.Equal(
            $"02000000 {Coracle} 0a000200 706f7274 73000000 08000300 00000008 08000400 0000730d 08000500 0000000c 08000600 000001cd 08000700 00000008 08000a00 00000001",
            Last(batch));
    }

    [Fact]
    public void Elements_of_one_map_share_a_message()
    {
        TableBatch batch = Begin();
        int before = batch.Messages;
        for (byte i = 1; i <= 2; i++)
        {
            batch.AddElement(
                "ports",
                new SetKey(new byte[SetKey.Room]).Address(new([127, 0, 0, 1])).Protocol(6).Port(8080).Bytes,
                new SetKey(new byte[SetKey.Room]).Address(new([172, 30, 0, i])).Port(80).Bytes);
        }

        const string Key = "28000180 14000180 10000100 7f000001 06000000 1f900000";
        Assert.Equal(
            $"02000000 {Coracle} 0a000200 706f7274 73000000 54000380 {Key} 10000280 0c000100 ac1e0001 00500000 {Key} 10000280 0c000100 ac1e0002 00500000",
            Last(batch));
        Assert.Equal(before + 1, batch.Messages);
    }

    [Fact]
    public void An_element_that_jumps()
    {
        TableBatch batch = Begin();
        batch.AddElement("to", new SetKey(stackalloc byte[SetKey.Room]).Interface("br0").Bytes, Verdict.Goto("to_nat"));
        Assert.Equal(
            $"02000000 {Coracle} 07000200 746f0000 3c000380 38000180 18000180 14000100 62723000 00000000 00000000 00000000 1c000280 18000280 08000100 fffffffc 0b000200 746f5f6e 61740000",
            Last(batch));
    }

    [Fact]
    public void A_list_of_elements_never_outgrows_its_attribute()
    {
        TableBatch batch = Begin();
        for (int i = 0; i < 60_000; i++)
        {
            batch.AddElement("everywhere", new SetKey(new byte[SetKey.Room]).Protocol(6).Port((ushort)i).Bytes);
        }

        batch.Finish();
        Assert.True(batch.Length > 1 << 20);
        Assert.InRange(batch.Messages, batch.Length >> 16, (batch.Length >> 15) + 4);
    }

    [Fact]
    public void Flows_that_are_known_are_accepted()
    {
        TableBatch batch = Begin();
        batch.AddRule("forward").Conntrack(ConntrackKey.State, Register.First)
            .Mask(Register.First, [6, 0, 0, 0]).Compare(Register.First, [0, 0, 0, 0], isEqual: false).Decide(Verdict.Accept);
        Assert.Equal(
            $"02000000 {Coracle} 0c000200 666f7277 61726400 c4000480 "
            + "20000180 07000100 63740000 14000280 08000200 00000000 08000100 00000001 "
            + "44000180 0c000100 62697477 69736500 34000280 08000100 00000001 08000200 00000001 08000300 00000004 0c000480 08000100 06000000 0c000580 08000100 00000000 "
            + "2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000001 0c000380 08000100 00000000 "
            + "30000180 0e000100 696d6d65 64696174 65000000 1c000280 08000100 00000000 10000280 0c000280 08000100 00000001",
            Last(batch));
    }

    [Fact]
    public void The_kind_of_an_address_and_the_name_of_an_interface()
    {
        TableBatch batch = Begin();
        batch.AddRule("forward").DestinationType(Register.First).Compare(Register.First, [2, 0, 0, 0])
            .Meta(MetaKey.InputName, Register.First)
            .Compare(Register.First, new SetKey(stackalloc byte[SetKey.Room]).Interface("lo").Bytes, isEqual: false)
            .Decide(Verdict.Drop);
        Assert.Equal(
            $"02000000 {Coracle} 0c000200 666f7277 61726400 e4000480 "
            + "28000180 08000100 66696200 1c000280 08000300 00000002 08000200 00000003 08000100 00000001 "
            + "2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000 0c000380 08000100 02000000 "
            + "24000180 09000100 6d657461 00000000 14000280 08000200 00000006 08000100 00000001 "
            + "38000180 08000100 636d7000 2c000280 08000100 00000001 08000200 00000001 18000380 14000100 6c6f0000 00000000 00000000 00000000 "
            + "30000180 0e000100 696d6d65 64696174 65000000 1c000280 08000100 00000000 10000280 0c000280 08000100 00000000",
            Last(batch));
    }

    [Fact]
    public void A_translation_to_an_address_and_a_port()
    {
        TableBatch batch = Begin();
        batch.AddRule("nat").NetworkHeader(16, 4, Register.First).Compare(Register.First, [127, 0, 0, 11])
            .Load(Register.First, [127, 0, 0, 11]).Load(Register.Second, [0x0f, 0xa0]).DestinationNat(Register.First, Register.Second);
        Assert.Equal(
            $"02000000 {Coracle} 08000200 6e617400 ec000480 "
            + "34000180 0c000100 7061796c 6f616400 24000280 08000100 00000001 08000200 00000001 08000300 00000010 08000400 00000004 "
            + "2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000 0c000380 08000100 7f00000b "
            + "2c000180 0e000100 696d6d65 64696174 65000000 18000280 08000100 00000001 0c000280 08000100 7f00000b "
            + "2c000180 0e000100 696d6d65 64696174 65000000 18000280 08000100 00000002 0c000280 06000100 0fa00000 "
            + "30000180 08000100 6e617400 24000280 08000100 00000001 08000200 00000002 08000300 00000001 08000500 00000002",
            Last(batch));
    }

    [Fact]
    public void A_counted_jump_with_a_comment()
    {
        TableBatch batch = Begin();
        batch.AddRule("nat", "net1").Counter().Decide(Verdict.Jump("x"));
        Assert.Equal(
            $"02000000 {Coracle} 08000200 6e617400 50000480 14000180 0c000100 636f756e 74657200 04000280 "
            + "38000180 0e000100 696d6d65 64696174 65000000 24000280 08000100 00000000 18000280 14000280 08000100 fffffffd 06000200 78000000 "
            + "0b000700 00056e65 74310000",
            Last(batch));
    }

    [Fact]
    public void A_rule_goes_by_its_handle()
    {
        TableBatch batch = Begin();
        batch.DeleteRule("x", 9);
        Assert.Equal($"02000000 {Coracle} 06000200 78000000 0c000300 00000000 00000009", Last(batch));
    }

    [Fact]
    public void The_message_that_was_refused_is_named()
    {
        TableBatch batch = Begin();
        batch.AddTable("");
        batch.AddChain("forward");
        batch.AddRule("forward").Decide(Verdict.Drop);
        batch.RemoveElement("ports", [1, 2, 3, 4]);
        batch.Finish();
        Assert.Equal(
            ["transaction", "NEWTABLE IPv4 coracle", "NEWCHAIN IPv4 coracle forward", "NEWRULE IPv4 coracle forward", "DELSETELEM IPv4 coracle ports", "transaction", "message 6"],
            Enumerable.Range(0, 7).Select(index => TableDump.Describe(batch.Writer.Written, index)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sixteen-bytes-xx")]
    [InlineData("a\0b")]
    public void What_no_interface_can_be_called_is_refused(string name)
        => Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => { _ = new SetKey(new byte[SetKey.Room]).Interface(name).Bytes.Length; }).Errno);

    private static TableBatch Begin() => new TableBatch().In(TableFamily.IPv4, "coracle");

    /// <summary>All behind the header of the last message so far.</summary>
    private static string Last(TableBatch batch)
    {
        batch.Close();
        return Messages(batch)[^1].Words;
    }

    private static List<(int Type, string Words)> Messages(TableBatch batch)
    {
        List<(int, string)> messages = [];
        var reader = new NetlinkReader(batch.Writer.Written);
        while (reader.TryRead(out NetlinkMessage message))
        {
            var words = new StringBuilder(Convert.ToHexStringLower(message.Body));
            for (int at = words.Length - 8; at > 0; at -= 8)
            {
                words.Insert(at, ' ');
            }

            messages.Add((message.Type, words.ToString()));
        }

        return messages;
    }
}
