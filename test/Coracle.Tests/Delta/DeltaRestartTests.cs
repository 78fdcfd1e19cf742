using Coracle.Delta;

namespace Coracle.Tests.Delta;

public sealed class DeltaRestartTests
{
    [Fact]
    public void Decoding_goes_on_at_every_segment_as_if_it_had_never_stopped()
    {
        DeltaCase made = DeltaCase.Everything(4096, entries: 600);
        List<RestartPoint> points = [];
        using DeltaDecoder decoder = made.Open(made.Delta);
        byte[] tar = new byte[700];
        while (decoder.Read(tar) > 0)
        {
            if (points.Count == 0 || points[^1] != decoder.Restart)
            {
                points.Add(decoder.Restart);
            }
        }

        Assert.InRange(points.Count, 4, int.MaxValue);
        Assert.Equal(made.Target.Length, decoder.TarOffset);
        foreach (RestartPoint point in points)
        {
            DeltaHeader header = DeltaHeader.Parse(decoder.Header.Bytes);
            var rest = new MemoryStream(made.Delta[(int)point.PackedOffset..]);
            byte[] made2 = DeltaCase.ReadAll(new DeltaDecoder(header, point, rest, made.Layer), 999);
            Assert.True(made.Target.AsSpan((int)point.TarOffset).SequenceEqual(made2), $"segment {point.Segment}");
        }
    }

    /// <summary>On a thin link the next segment may be a minute away.</summary>
    [Fact]
    public void What_a_segment_gives_does_not_wait_for_the_next_one()
    {
        DeltaCase made = DeltaCase.Everything(4096, entries: 600);
        byte[] tar = new byte[made.Target.Length];
        using DeltaDecoder whole = made.Open(made.Delta);
        int first = whole.Read(tar);
        RestartPoint second = whole.Restart;
        using DeltaDecoder decoder = made.Open(made.Delta[..(int)second.PackedOffset]);

        Assert.Equal(first, decoder.Read(tar));

        Assert.InRange(first, 1, made.Target.Length - 1);
        Assert.Equal(((long)first, 1, second), (second.TarOffset, second.Segment, decoder.Restart));
        Assert.True(made.Target.AsSpan(0, first).SequenceEqual(tar.AsSpan(0, first)));
        Assert.Throws<DeltaFormatException>(() => decoder.Read(tar));
    }

    [Fact]
    public void A_restart_point_of_another_place_is_refused()
    {
        DeltaCase made = DeltaCase.Everything(4096);
        using DeltaDecoder decoder = made.Open(made.Delta);
        _ = decoder.Read(new byte[1]);
        RestartPoint wrong = decoder.Restart with { TarOffset = 512 };
        using DeltaDecoder other = new(decoder.Header, wrong, new MemoryStream(made.Delta[(int)wrong.PackedOffset..]), made.Layer);
        Assert.Throws<DeltaFormatException>(() => other.Read(new byte[1]));
    }

    [Fact]
    public void Small_deltas_have_one_segment()
        => Assert.Equal(1, DeltaCase.Everything().Summary.Segments);
}
