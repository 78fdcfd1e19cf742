using System.Buffers;
using System.Text;
using Coracle.Wire;

namespace Coracle.Tests.Wire;

public class ProgressJsonTests
{
    [Fact]
    public void A_message_has_no_detail() => Assert.Equal(
        """{"status":"Pulling from library/busybox","id":"latest"}""" + "\r\n",
        Written(output => ProgressJson.WriteMessage(output, "Pulling from library/busybox", "latest")));

    [Fact]
    public void A_step_without_a_count_has_an_empty_detail() => Assert.Equal(
        """{"status":"Waiting","progressDetail":{},"id":"abc"}""" + "\r\n",
        Written(output => ProgressJson.WriteStep(output, "Waiting", "abc", 0, 0)));

    [Fact]
    public void A_count_comes_with_Dockers_bar() => Assert.Equal(
        """{"status":"Downloading","progressDetail":{"current":1234567,"total":2469134},"progress":"[=========================>                         ]  1.235MB/2.469MB","id":"abc"}""" + "\r\n",
        Written(output => ProgressJson.WriteStep(output, "Downloading", "abc", 1234567, 2469134)));

    [Fact]
    public void A_failure_is_said_twice_since_old_clients_read_only_one() => Assert.Equal(
        """{"errorDetail":{"message":"no \"x\""},"error":"no \"x\""}""" + "\r\n",
        Written(output => ProgressJson.WriteError(output, "no \"x\"")));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(1000, "1kB")]
    [InlineData(1536, "1.536kB")]
    [InlineData(60_009_367, "60.01MB")]
    [InlineData(1_000_000_000, "1GB")]
    public void Sizes_have_four_digits_in_decimal_units(long bytes, string text) => Assert.Equal(text, ProgressJson.HumanSize(bytes));

    [Fact]
    public void A_bar_is_never_longer_than_full_and_an_unknown_total_shows_none()
    {
        Assert.Equal($"[{new string('=', 50)}>]      20B", ProgressJson.Bar(20, 10));
        Assert.Equal("     20B", ProgressJson.Bar(20, 0));
        Assert.Equal("", ProgressJson.Bar(0, 0));
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        write(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
