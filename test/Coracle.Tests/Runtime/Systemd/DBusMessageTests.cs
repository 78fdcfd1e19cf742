using Coracle.Runtime;
using CsCheck;

namespace Coracle.Tests.Runtime.Systemd;

public sealed class DBusMessageTests
{
    [Fact]
    public void A_call_is_these_bytes()
    {
        DBusWriter call = DBusWriter.Call(serial: 1, "", "/o", "a.b", "M", "sb");
        call.Text("hey");
        call.Flag(true);
        Assert.Equal(
            [
                (byte)'l', 1, 0, 1, 12, 0, 0, 0, 1, 0, 0, 0, 56, 0, 0, 0,
                1, 1, (byte)'o', 0, 2, 0, 0, 0, (byte)'/', (byte)'o', 0, 0, 0, 0, 0, 0,
                2, 1, (byte)'s', 0, 3, 0, 0, 0, (byte)'a', (byte)'.', (byte)'b', 0, 0, 0, 0, 0,
                3, 1, (byte)'s', 0, 1, 0, 0, 0, (byte)'M', 0, 0, 0, 0, 0, 0, 0,
                8, 1, (byte)'g', 0, 2, (byte)'s', (byte)'b', 0,
                3, 0, 0, 0, (byte)'h', (byte)'e', (byte)'y', 0, 1, 0, 0, 0,
            ],
            call.Finish());
    }

    [Fact]
    public void A_signal_is_read()
    {
        byte[] bytes = FakeSystemd.JobRemoved("/job/1", "done");
        Assert.Equal(bytes.Length, DBusMessage.LengthOf(bytes));
        DBusMessage message = DBusMessage.Parse(bytes);
        Assert.Equal((DBusMessageKind.Signal, "JobRemoved", "uoss", 0u), (message.Kind, message.Name, message.Signature, message.ReplySerial));
        var body = new DBusReader(message.Body.Span, 0);
        Assert.Equal(7u, body.UInt32());
        Assert.Equal("/job/1", body.Text());
    }

    [Theory]
    [InlineData(0, (byte)'B')] // the other byte order
    [InlineData(3, 2)] // another protocol
    [InlineData(6, 0x20)] // two MiB of body
    [InlineData(14, 0x20)] // two MiB of fields
    public void What_is_no_message_for_us_is_refused_by_its_head(int at, byte value)
    {
        byte[] bytes = FakeSystemd.JobRemoved("/job/1", "done");
        bytes[at] = value;
        Assert.Throws<InvalidDataException>(() => DBusMessage.LengthOf(bytes));
    }

    [Fact]
    public void Damaged_bytes_are_refused_and_nothing_worse()
        => Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 400], Gen.Byte, (at, value, at2, value2) => (at, value, at2, value2)).Sample(damage =>
        {
            byte[] bytes = FakeSystemd.JobRemoved("/job/1", "done");
            bytes[damage.at % bytes.Length] = damage.value;
            bytes[damage.at2 % bytes.Length] = damage.value2;
            try
            {
                int length = DBusMessage.LengthOf(bytes);
                if (length <= bytes.Length)
                {
                    DBusMessage message = DBusMessage.Parse(bytes.AsMemory(0, length));
                    _ = message.FirstText();
                    var body = new DBusReader(message.Body.Span, 0);
                    _ = body.UInt32();
                    _ = body.Text();
                }
            }
            catch (InvalidDataException)
            {
                // the one thing it may throw
            }
        });
}
