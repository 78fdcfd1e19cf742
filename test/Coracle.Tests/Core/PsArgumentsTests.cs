using Coracle.Core;

namespace Coracle.Tests.Core;

public sealed class PsArgumentsTests
{
    [Theory]
    [InlineData("", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("-ef", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("-e -f", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("-e", "PID TTY TIME CMD")]
    [InlineData("aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND")]
    [InlineData("auxww", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND")]
    [InlineData("ax", "PID TTY STAT TIME COMMAND")]
    [InlineData("-F", "UID PID PPID C SZ RSS PSR STIME TTY TIME CMD")]
    [InlineData("-eo pid,comm", "PID COMMAND")]
    [InlineData("-opid,user", "PID USER")]
    [InlineData("o pid,ppid", "PID PPID")]
    [InlineData("-o pid -o etime", "PID ELAPSED")]
    public void Titles_are_those_of_ps(string arguments, string titles)
    {
        Assert.Equal(titles, string.Join(' ', PsArguments.Parse(arguments).Select(column => column.Title)));
    }

    [Theory]
    [InlineData("-o comm", "Couldn't find PID field in ps output")]
    [InlineData("-o pid,nosuch", "ps: error: unknown user-defined format specifier \"nosuch\"")]
    [InlineData("--forest", "ps: error: unknown gnu long option")]
    [InlineData("-Z", "ps: error: unsupported SysV option")]
    [InlineData("q", "ps: error: unsupported option (BSD syntax)")]
    [InlineData("-o", "ps: error: list of format specifiers must follow -o")]
    public void What_ps_refuses_is_refused(string arguments, string message)
        => Assert.Equal(message, Assert.Throws<EngineException>(() => PsArguments.Parse(arguments)).Message);

    [Fact]
    public void Every_column_has_a_value_for_a_living_process()
    {
        ProcessColumns columns = new(DateTimeOffset.UtcNow);
        ProcessSample self = ProcessSample.TryRead(Environment.ProcessId)!;
        foreach (string text in (string[])["-ef", "aux", "-F", "-l", "-j", "axl"])
        {
            Assert.All(PsArguments.Parse(text), column => Assert.NotEqual("", columns.Value(column.Name, self)));
        }

        Assert.Equal(Environment.ProcessId.ToString(), columns.Value("pid", self));
        Assert.Null(ProcessSample.TryRead(int.MaxValue));
    }
}
