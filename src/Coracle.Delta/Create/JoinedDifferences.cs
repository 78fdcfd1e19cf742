using System.Buffers;

namespace Coracle.Delta;

/// <summary>
/// The same differences in fewer runs: short stretches of zeros stay among the others. In code of a processor that packs better (the
/// zeros are where the next difference will be, −9 % for a Go program), in text worse (+8 %): which of
/// them it is, <see cref="DifferenceSample"/> finds out.
/// </summary>
internal sealed class JoinedDifferences
{
    private const int Gap = 512;

    /// <summary>Of isolated differences, the zeros between would be all that there is.</summary>
    private const int MaxLength = 16 << 20;

    public ArrayBufferWriter<byte> Runs { get; } = new();

    public ArrayBufferWriter<byte> Bytes { get; } = new();

    /// <returns>False where there is nothing to join.</returns>
    public bool TryJoin(ReadOnlySpan<byte> runs, ReadOnlySpan<byte> bytes)
    {
        Runs.ResetWrittenCount();
        Bytes.ResetWrittenCount();
        long zeros = 0;
        long others = 0;
        bool isJoined = false;
        while (Numbers.TryTake(ref runs, out long gap) && Numbers.TryTake(ref runs, out long length) && Bytes.WrittenCount < MaxLength)
        {
            if (others > 0 && gap <= Gap)
            {
                Bytes.GetSpan((int)gap)[..(int)gap].Clear();
                Bytes.Advance((int)gap);
                others += gap;
                isJoined = true;
            }
            else
            {
                Write(zeros, others);
                (zeros, others) = (gap, 0);
            }

            Bytes.Write(bytes[..(int)length]);
            bytes = bytes[(int)length..];
            others += length;
        }

        Write(zeros, others);
        return isJoined && bytes.IsEmpty;
    }

    private void Write(long zeros, long others)
    {
        if (others > 0)
        {
            Runs.WriteNumber(zeros);
            Runs.WriteNumber(others);
        }
    }
}
