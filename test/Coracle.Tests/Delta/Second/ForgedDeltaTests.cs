using Coracle.Delta;
using CsCheck;

namespace Coracle.Tests.Delta.Second;

/// <summary>
/// Deltas whose streams were changed and whose checksums are right all the same: both decoders refuse them for what they say, or both give
/// the same tar.
/// </summary>
public sealed class ForgedDeltaTests
{
    private int _taken;
    private int _refused;

    [Fact]
    public void Both_decoders_agree_on_every_forged_delta()
    {
        Gen.Int.Sample(Check, iter: 20, threads: 1);
        Assert.True(_taken > 10 && _refused > 100, $"{_taken} taken, {_refused} refused: the test proves little");
    }

    private void Check(int seed)
    {
        if (SeededCase.Of(seed) is not { } made)
        {
            return;
        }

        var layers = new LayerBases(made.Bases);
        var random = new Random(seed);
        for (int i = 0; i < 20; i++)
        {
            var open = new OpenDelta(made.Delta);
            if (open.Segments.Count == 0)
            {
                return;
            }

            Change(open.Segments[random.Next(open.Segments.Count)].Streams, random);
            (List<byte[]> outputs, RefusedException? refusal) = open.Make(layers);
            _taken += refusal == null ? 1 : 0;
            _refused += refusal == null ? 0 : 1;
            (byte[]? tar, string? problem) = First(made, open.Pack(outputs));
            string story = $"seed {seed}, change {i}: the second says {refusal?.Message ?? "yes"}, the first {problem ?? "yes"}";
            if (refusal == null)
            {
                Assert.True(tar != null && tar.AsSpan().SequenceEqual([.. outputs.SelectMany(output => output)]), story);
            }
            else
            {
                // Whoever finds nothing wrong but the output's hash has taken what the other refuses: that hash cannot be made right here.
                Assert.True(problem != null && !problem.Contains("gives something else", StringComparison.Ordinal), story);
            }
        }
    }

    private static (byte[]? Tar, string? Problem) First(DeltaCase made, byte[] delta)
    {
        try
        {
            return (DeltaCase.ReadAll(made.Open(delta), 3000), null);
        }
        catch (IOException e) when (e is DeltaFormatException or DeltaVersionException or DeltaBaseException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>One byte of one stream: another, gone, or new.</summary>
    private static void Change(byte[][] streams, Random random)
    {
        int[] filled = [.. Enumerable.Range(0, streams.Length).Where(i => streams[i].Length > 0)];
        int which = filled[random.Next(filled.Length)];
        List<byte> stream = [.. streams[which]];
        int at = random.Next(stream.Count);
        switch (random.Next(5))
        {
            case 0:
                stream[at] = (byte)random.Next(256);
                break;
            case 1:
                stream[at] = (byte)random.Next(12);
                break;
            case 2:
                stream[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                stream.RemoveAt(at);
                break;
            default:
                stream.Insert(at, (byte)random.Next(20));
                break;
        }

        streams[which] = [.. stream];
    }
}
