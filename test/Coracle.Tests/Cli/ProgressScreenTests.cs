using System.Text.Json;
using Coracle.Cli;
using Coracle.Linux;

namespace Coracle.Tests.Cli;

/// <summary>The lines of a pull, as a terminal shows them: its cursor and its edges are simulated.</summary>
public sealed class ProgressScreenTests
{
    private readonly SteppedTime _time = new();

    [Fact]
    public void Each_layer_keeps_its_line()
    {
        Assert.Equal(
            ["1: Pulling from app", "aa: Pull complete", "bb: Waiting", "Digest: x", "Status: done"],
            Shown(80, 24, Plain("Pulling from app", "1"), Of("aa", "Pulling fs layer"), Of("bb", "Waiting"), Of("aa", "Downloading", 5, 10), Of("aa", "Pull complete"), Plain("Digest: x"), Plain("Status: done")));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(79)]
    [InlineData(200)]
    public void No_line_reaches_the_edge_of_the_terminal(int columns)
    {
        string[] shown = Shown(columns, 24, Of("0123456789ab", "Downloading", 123_456_789, 987_654_321), Of("ba9876543210", "Verifying Checksum"));
        Assert.Equal(2, shown.Length);
        Assert.All(shown, line => Assert.True(line.Length < columns, line));
    }

    [Fact]
    public void A_bar_shows_how_far_how_fast_and_how_long()
    {
        ProgressScreen screen = Screen(100, 24);
        screen.Draw(Of("aa", "Downloading", 0, 10_000_000));
        _time.Advance(TimeSpan.FromSeconds(2));
        string drawn = screen.Draw(Of("aa", "Downloading", 2_500_000, 10_000_000));
        Assert.Contains("aa: Downloading [============>                                     ] 2.5MB/10MB 1.25MB/s 6s", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_alone_is_drawn_ten_times_a_second_at_most()
    {
        ProgressScreen screen = Screen(80, 24);
        int drawings = 0;
        for (int i = 0; i < 1000; i++)
        {
            drawings += screen.Draw(Of("aa", "Downloading", i, 1000)).Length > 0 ? 1 : 0;
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(10, drawings);
    }

    [Fact]
    public void A_line_above_the_top_of_the_terminal_is_left_alone()
    {
        ProgressScreen screen = Screen(80, 5);
        for (int i = 0; i < 8; i++)
        {
            screen.Draw(Of($"layer{i}", "Waiting"));
        }

        Assert.Equal("", screen.Draw(Of("layer0", "Pull complete")));
        Assert.NotEqual("", screen.Draw(Of("layer7", "Pull complete")));
    }

    private static ProgressMessage Of(string id, string status, long current = 0, long total = 0)
        => ProgressMessage.Read(JsonDocument.Parse($$$"""{"id":"{{{id}}}","status":"{{{status}}}","progressDetail":{"current":{{{current}}},"total":{{{total}}}}}""").RootElement);

    private static ProgressMessage Plain(string status, string? id = null)
        => ProgressMessage.Read(JsonDocument.Parse(id is null ? $$"""{"status":"{{status}}"}""" : $$"""{"status":"{{status}}","id":"{{id}}"}""").RootElement);

    private ProgressScreen Screen(int columns, int rows) => new(_time) { Size = () => new TerminalSize(rows, columns) };

    private string[] Shown(int columns, int rows, params ProgressMessage[] messages)
    {
        ProgressScreen screen = Screen(columns, rows);
        SimulatedTerminal terminal = new();
        foreach (ProgressMessage message in messages)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            terminal.Write(screen.Draw(message));
        }

        return terminal.Lines;
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan span) => _ticks += span.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
