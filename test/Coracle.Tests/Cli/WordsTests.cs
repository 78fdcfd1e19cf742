using Coracle.Cli;

namespace Coracle.Tests.Cli;

/// <summary>Sizes, durations, moments and templates, as Docker writes and reads them.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(1980000, "1.98MB")]
    [InlineData(27_180_000, "27.2MB")]
    [InlineData(455_000_000, "455MB")]
    [InlineData(1_000_000, "1MB")]
    public void A_size_has_three_digits(long bytes, string text) => Assert.Equal(text, ByteCount.Format(bytes));

    [Theory]
    [InlineData("64m", 64L << 20)]
    [InlineData("64MB", 64L << 20)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("6MiB", 6L << 20)]
    [InlineData("1024", 1024)]
    [InlineData("10b", 10)]
    public void Memory_is_counted_in_binary_units(string text, long bytes) => Assert.Equal(bytes, ByteCount.Parse(text, "memory"));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("12x")]
    [InlineData("-5m")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<CliException>(() => ByteCount.Parse(text, "memory"));

    [Theory]
    [InlineData(0.5, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(60, "About a minute")]
    [InlineData(180, "3 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(3600 * 5, "5 hours")]
    [InlineData(3600 * 24 * 3, "3 days")]
    [InlineData(3600 * 24 * 21, "3 weeks")]
    [InlineData(3600 * 24 * 90, "3 months")]
    [InlineData(3600L * 24 * 365 * 3, "3 years")]
    public void Durations_are_go_units(double seconds, string text) => Assert.Equal(text, HumanTime.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("1700000000.5", "1700000000.5")]
    [InlineData("2023-11-14T22:13:20Z", "1700000000.000000000")]
    [InlineData("2023-11-14T22:13:20.123456789Z", "1700000000.123456789")]
    [InlineData("1h30m", "1699994600.000000000")]
    [InlineData("10s", "1699999990.000000000")]
    public void A_moment_keeps_all_its_digits(string text, string expected)
        => Assert.Equal(expected, Moment.Parse(text, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)));

    [Theory]
    [InlineData("exec: \"nosuch\": executable file not found in $PATH", 127)]
    [InlineData("exec: \"/x\": stat /x: no such file or directory", 127)]
    [InlineData("exec: \"/etc\": permission denied", 126)]
    [InlineData("something else", 125)]
    public void A_failed_start_has_the_shells_exit_code(string message, int code) => Assert.Equal(code, ExitCodes.OfStartFailure(message));
}
