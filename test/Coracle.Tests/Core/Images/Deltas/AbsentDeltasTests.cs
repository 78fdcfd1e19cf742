using Coracle.Core;

namespace Coracle.Tests.Core.Images.Deltas;

public sealed class AbsentDeltasTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void A_no_holds_for_a_day()
    {
        AbsentDeltas absent = new(_clock);
        absent.Add("a");

        Assert.True(absent.Has("a"));
        Assert.False(absent.Has("b"));
        _clock.Now += TimeSpan.FromHours(23.9);
        Assert.True(absent.Has("a"));
        _clock.Now += TimeSpan.FromHours(0.2);
        Assert.False(absent.Has("a"));
        absent.Add("a");
        Assert.True(absent.Has("a"));
        absent.Forget("b");
        absent.Forget("a");
        Assert.False(absent.Has("a"));
    }

    [Fact]
    public void The_oldest_of_too_many_is_forgotten_and_no_answer_takes_two_places()
    {
        AbsentDeltas absent = new(_clock);
        absent.Add("first");
        for (int i = 0; i < 1000; i++)
        {
            absent.Add("same");
        }

        Assert.True(absent.Has("first"));
        for (int i = 0; i < 63; i++)
        {
            absent.Add("n" + i);
        }

        Assert.False(absent.Has("first"));
        Assert.True(absent.Has("n62"));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(5);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
