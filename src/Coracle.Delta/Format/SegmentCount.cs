namespace Coracle.Delta;

/// <summary>Walks over a delta without applying it.</summary>
public static class SegmentCount
{
    private const int BufferLength = 16 * 1024;

    private const int SegmentTag = 'S';

    /// <param name="rest">What follows the delta's header. Read to its end, in constant memory.</param>
    /// <returns>How many segments it has; that they are sound, only applying them tells.</returns>
    /// <exception cref="DeltaFormatException">A segment goes on behind the end.</exception>
    public static int Read(Stream rest)
    {
        byte[] buffer = new byte[BufferLength];
        int count = 0;
        int tag;
        while ((tag = rest.ReadByte()) == SegmentTag)
        {
            for (long left = ReadNumber(rest); left > 0;)
            {
                int read = rest.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                left -= read > 0 ? read : throw new DeltaFormatException("it ends inside a segment");
            }

            count++;
        }

        while (rest.Read(buffer, 0, buffer.Length) > 0)
        {
        }

        return tag < 0 ? throw new DeltaFormatException("it has no end mark") : count;
    }

    private static long ReadNumber(Stream rest)
    {
        long value = 0;
        for (int shift = 0; shift < 7 * Numbers.MaxLength; shift += 7)
        {
            int next = rest.ReadByte();
            value |= (long)(next & 0x7f) << shift;
            if (next is >= 0 and < 0x80)
            {
                return value;
            }
        }

        throw new DeltaFormatException("a number in it has no end");
    }
}
