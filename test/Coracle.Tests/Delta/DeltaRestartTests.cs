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
