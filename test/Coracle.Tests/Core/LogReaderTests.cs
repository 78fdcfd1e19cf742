using System.Text;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Tests.Core;

public sealed class LogReaderTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("coracle-logs-").FullName;

    private readonly DirectoryHandle _directory;

    public LogReaderTests() => _directory = DirectoryHandle.Open(_path);

    public void Dispose()
    {
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    private static string Line(string text, int second, string stream = "stdout")
        => $"{{\"log\":\"{text}\\n\",\"stream\":\"{stream}\",\"time\":\"2026-01-02T03:04:{second:00}.5Z\"}}\n";

    private void Put(string name, params string[] lines) => File.WriteAllText(Path.Combine(_path, name), string.Concat(lines));

    private async Task<string> ReadAsync(LogQuery query)
    {
        using MemoryStream output = new();
        using LogReader reader = new(new LogFiles(_directory, "x.log"), query with { Raw = true }, output);
        await reader.ReadAvailableAsync(TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static LogQuery Both => new() { Stdout = true, Stderr = true };

    [Fact]
    public async Task Rotated_files_are_one_log_the_oldest_first()
    {
        Put("x.log.2", Line("a", 1));
        Put("x.log.1", Line("b", 2), Line("c", 3));
        Put("x.log", Line("d", 4));
        Assert.Equal("a\nb\nc\nd\n", await ReadAsync(Both));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "d\n")]
    [InlineData(2, "c\nd\n")]
    [InlineData(3, "b\nc\nd\n")]
    [InlineData(4, "a\nb\nc\nd\n")]
    [InlineData(100, "a\nb\nc\nd\n")]
    public async Task The_tail_is_counted_across_files(int lines, string expected)
    {
        Put("x.log.2", Line("a", 1));
        Put("x.log.1", Line("b", 2), Line("c", 3));
        Put("x.log", Line("d", 4));
        Assert.Equal(expected, await ReadAsync(Both with { Tail = lines }));
    }

    [Fact]
    public async Task A_long_tail_reaches_back_over_many_blocks()
    {
        Put("x.log", [.. Enumerable.Range(0, 5000).Select(i => Line("line" + i, 1))]);
        string[] lines = (await ReadAsync(Both with { Tail = 4000 })).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((4000, "line1000", "line4999"), (lines.Length, lines[0], lines[^1]));
    }

    [Fact]
    public async Task Times_bound_what_is_shown()
    {
        Put("x.log", Line("a", 1), Line("b", 2), Line("c", 3));
        long second2 = LogTime.Parse("2026-01-02T03:04:02Z");
        Assert.Equal("b\nc\n", await ReadAsync(Both with { Since = second2 }));
        Assert.Equal("a\n", await ReadAsync(Both with { Until = second2 }));
    }

    [Fact]
    public async Task Streams_are_told_apart_and_timestamps_have_nine_digits()
    {
        Put("x.log", Line("out", 1), Line("err", 2, "stderr"));
        Assert.Equal("2026-01-02T03:04:02.500000000Z err\n", await ReadAsync(new LogQuery { Stderr = true, Timestamps = true }));
    }

    [Fact]
    public async Task Frames_say_which_stream_and_how_long()
    {
        Put("x.log", Line("hi", 1, "stderr"));
        using MemoryStream output = new();
        using LogReader reader = new(new LogFiles(_directory, "x.log"), Both, output);
        await reader.ReadAvailableAsync(TestContext.Current.CancellationToken);
        Assert.Equal([2, 0, 0, 0, 0, 0, 0, 3, (byte)'h', (byte)'i', (byte)'\n'], output.ToArray());
    }

    [Fact]
    public async Task Damaged_lines_are_passed_over()
    {
        Put("x.log", Line("a", 1), "{\"log\":\"half\n", "\0\0\0\n", Line("b", 2));
        Assert.Equal("a\nb\n", await ReadAsync(Both));
    }

    [Fact]
    public async Task Following_goes_over_a_rotation_and_ends_with_the_container()
    {
        Put("x.log", Line("a", 1));
        using MemoryStream output = new();
        using LogReader reader = new(new LogFiles(_directory, "x.log"), Both with { Raw = true }, output);
        ChangeWatcher watcher = new();
        using ChangeWatch changes = watcher.Watch(_directory);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task following = reader.FollowAsync(changes, ended.Task, TestContext.Current.CancellationToken);

        await File.AppendAllTextAsync(Path.Combine(_path, "x.log"), Line("b", 2), TestContext.Current.CancellationToken);
        File.Move(Path.Combine(_path, "x.log"), Path.Combine(_path, "x.log.1"));
        Put("x.log", Line("c", 3));
        await File.AppendAllTextAsync(Path.Combine(_path, "x.log"), Line("d", 4), TestContext.Current.CancellationToken);
        ended.SetResult();
        await following.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("a\nb\nc\nd\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Theory]
    [InlineData("x.log", 0, "a\nb\n")]
    [InlineData("x.log", 1, "a\nb\nc\n")]
    [InlineData("x.log.1", 1, "a\n")]
    public async Task Reading_stops_where_an_attached_stream_goes_on(string file, int lines, string expected)
    {
        Put("x.log.1", Line("a", 1), Line("b", 2));
        Put("x.log", Line("c", 3), Line("d", 4));
        Assert.True(_directory.TryStat(file, out FileStatus status));
        Assert.Equal(expected, await ReadAsync(Both with { End = new LogPosition(status.Inode, lines * Line("a", 1).Length) }));
    }

    [Fact]
    public async Task What_was_rotated_away_before_it_was_read_is_not_replaced_by_what_came_after()
    {
        Put("x.log", Line("later", 1));
        Assert.Equal("", await ReadAsync(Both with { End = new LogPosition(ulong.MaxValue, 10) }));
        Assert.Equal("", await ReadAsync(Both with { End = default(LogPosition) }));
    }

    [Theory]
    [InlineData("""{"log":"plain\n","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}""", "plain\n", false)]
    [InlineData("""{"log":"piece","stream":"stderr","time":"2026-01-02T03:04:05.5Z"}""", "piece", true)]
    [InlineData("""{"log":"","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}""", "", false)]
    [InlineData("""{"log":"\n","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}""", "\n", false)]
    [InlineData("""{"log":"a\tb\"c\\\n","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}""", "a\tb\"c\\\n", false)]
    [InlineData("""{"log":"x\u0000\n","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}""", "x\0\n", false)]
    [InlineData("""{"log":"attrs\n","stream":"stderr","attrs":{"a":"b"},"time":"2026-01-02T03:04:05.5Z"}""", "attrs\n", true)]
    [InlineData("""{"stream":"stderr","log":"other order\n","time":"2026-01-02T03:04:05.5Z"}""", "other order\n", true)]
    public void A_line_is_decoded_alike_on_both_ways(string json, string text, bool isStderr)
    {
        LogLine line = new();
        Assert.True(line.TryDecode(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(
            (text, isStderr, "2026-01-02T03:04:05.5Z"), (Encoding.UTF8.GetString(line.Text), line.IsStderr, Encoding.UTF8.GetString(line.Time)));
    }

    [Fact]
    public async Task A_change_wakes_the_follower()
    {
        ChangeWatcher watcher = new();
        using ChangeWatch changes = watcher.Watch(_directory);
        Task next = changes.NextAsync(TestContext.Current.CancellationToken);
        Assert.False(next.IsCompleted);
        Put("x.log", Line("a", 1));
        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("1700000000", 1_700_000_000_000_000_000)]
    [InlineData("1700000000.5", 1_700_000_000_500_000_000)]
    [InlineData("1700000000.000000001", 1_700_000_000_000_000_001)]
    [InlineData("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000)]
    public void Query_times_are_read_to_the_nanosecond(string text, long nanoseconds) => Assert.Equal(nanoseconds, LogTime.Parse(text));
}
