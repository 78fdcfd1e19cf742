using System.Buffers;
using Coracle.Delta;
using Coracle.Lzma;

namespace Coracle.Tests.Delta;

public sealed class DifferenceSampleTests
{
    [Theory, InlineData(12), InlineData(30), InlineData(400)]
    public void The_form_that_is_chosen_by_a_part_is_the_smaller_one_of_all(int distance)
    {
        (byte[] runs, byte[] bytes) = Make(distance);
        var joined = new JoinedDifferences();
        Assert.True(joined.TryJoin(runs, bytes));
        int apart = Packed(DeltaStream.Runs, runs, false) + Packed(DeltaStream.Differences, bytes, false);
        int together = Packed(DeltaStream.Runs, joined.Runs.WrittenSpan, false) + Packed(DeltaStream.Differences, joined.Bytes.WrittenSpan, true);

        Assert.Equal(together < apart, DifferenceSample.IsSmallerJoined(runs, bytes, 20));
    }

    [Fact]
    public void Differences_that_are_too_far_apart_are_not_joined()
    {
        (byte[] runs, byte[] bytes) = Make(20_000);

        Assert.False(DifferenceSample.IsSmallerJoined(runs, bytes, 20));
    }

    private static int Packed(DeltaStream stream, ReadOnlySpan<byte> plain, bool isJoined)
    {
        var packed = new MemoryStream();
        new Lzma2Encoder().Encode(plain, StreamSettings.First(stream, plain.Length, isJoined, 20), packed);
        return (int)packed.Length;
    }

    /// <summary>Addresses that moved: few differences of two bytes, at distances around this one.</summary>
    private static (byte[] Runs, byte[] Bytes) Make(int distance)
    {
        var random = new Random(7);
        ArrayBufferWriter<byte> runs = new(), bytes = new();
        for (int i = 0; i < 20_000; i++)
        {
            runs.WriteNumber(distance + random.Next(1 + distance / 2));
            runs.WriteNumber(2);
            bytes.Write([(byte)random.Next(4), (byte)random.Next(2)]);
        }

        return (runs.WrittenSpan.ToArray(), bytes.WrittenSpan.ToArray());
    }
}
