using Coracle.Delta;

namespace Coracle.Tests.Delta.Rsync;

public sealed class ConcatenatedStreamTests
{
    private static readonly byte[] _whole = RsyncTests.Noise(1, 100);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(33)]
    [InlineData(100)]
    [InlineData(101)]
    public void It_reads_as_one_in_pieces_of_any_size(int piece)
    {
        foreach (int[] cuts in (int[][])[[0], [100], [1, 99], [33, 33, 66], [0, 0, 50, 50, 100], [10, 20, 30, 40]])
        {
            using ConcatenatedStream stream = Cut(cuts);
            using MemoryStream read = new();
            stream.CopyTo(read, piece);

            Assert.Equal(_whole, read.ToArray());
            Assert.Equal(_whole.Length, stream.Length);
        }
    }

    [Fact]
    public void It_goes_to_any_place()
    {
        using ConcatenatedStream stream = Cut([0, 10, 10, 64]);
        byte[] bytes = new byte[30];
        for (int place = _whole.Length; place >= 0; place--)
        {
            stream.Seek(place, SeekOrigin.Begin);
            int read = stream.Read(bytes);
            Assert.Equal(_whole[place..Math.Min(_whole.Length, place + 30)], bytes[..read]);
        }

        stream.Position = 1000;
        Assert.Equal(0, stream.Read(bytes));
    }

    private static ConcatenatedStream Cut(int[] cuts)
    {
        List<Stream> parts = [];
        int from = 0;
        foreach (int to in cuts.Append(_whole.Length))
        {
            parts.Add(new MemoryStream(_whole[from..to]));
            from = to;
        }

        return new ConcatenatedStream([.. parts]);
    }
}
