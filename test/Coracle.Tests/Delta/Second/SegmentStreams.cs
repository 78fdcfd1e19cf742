using System.Numerics;

namespace Coracle.Tests.Delta.Second;

/// <summary>The ten streams of one segment, unpacked.</summary>
internal sealed class SegmentStreams
{
    public const int Count = 10;

    private const int SmallestDictionary = 4096;

    private static readonly string[] _names =
        ["control", "numbers", "text", "times", "adds", "lengths", "jumps", "runs", "differences", "literals"];

    private readonly Cursor[] _streams = new Cursor[Count];

    /// <param name="plain">What each of them holds.</param>
    public SegmentStreams(byte[][] plain)
    {
        for (int i = 0; i < Count; i++)
        {
            _streams[i] = new Cursor(plain[i], _names[i]);
        }
    }

    /// <summary>Unpacks all ten, from where the segment has the first.</summary>
    public static byte[][] Unpack(Cursor segment, int dictionaryBits, long limit)
    {
        byte[][] plain = new byte[Count][];
        for (int i = 0; i < Count; i++)
        {
            plain[i] = Unpack(segment, i, dictionaryBits, limit);
        }

        return plain;
    }

    public Cursor Control => _streams[0];

    public Cursor Numbers => _streams[1];

    public Cursor Text => _streams[2];

    public Cursor Times => _streams[3];

    public Cursor Adds => _streams[4];

    public Cursor Lengths => _streams[5];

    public Cursor Jumps => _streams[6];

    public Cursor Runs => _streams[7];

    public Cursor Differences => _streams[8];

    public Cursor Literals => _streams[9];

    public void RequireEnds()
    {
        for (int i = 0; i < Count; i++)
        {
            RefusedException.Unless(_streams[i].IsAtEnd, $"{_names[i]}: not used up");
        }
    }

    private static byte[] Unpack(Cursor segment, int stream, int dictionaryBits, long limit)
    {
        long plain = segment.Number(int.MaxValue);
        if (plain == 0)
        {
            return [];
        }

        RefusedException.Unless(plain <= limit, "a stream is longer than the caller wants");
        byte[] packed = segment.Take(segment.Number(int.MaxValue)).ToArray();
        int most = stream is 2 or 8 or 9 ? 1 << dictionaryBits : Math.Max(SmallestDictionary, 1 << (dictionaryBits - 3));
        long least = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(plain, SmallestDictionary));
        return new SecondLzma2(packed, (int)plain, (int)Math.Min(most, least)).Unpack();
    }
}
