namespace Coracle.Tests.Delta.Second;

/// <summary>How times follow from those before ("time").</summary>
internal sealed class TimePrediction(SegmentStreams streams)
{
    private long _method;
    private long _difference;
    private (long Seconds, long Nanoseconds) _before;

    /// <summary>The <c>style</c> that was said last.</summary>
    public bool KeepsZeros { get; private set; }

    /// <param name="isSaid">Whether the mask has the bit for it.</param>
    /// <param name="hasRecord">Whether the template has a record <c>mtime</c> that can be read.</param>
    public (long Seconds, long Nanoseconds) Next(bool isSaid, bool hasRecord, HeaderValues reference)
    {
        long said = isSaid ? streams.Numbers.Number() : 0;
        if (isSaid)
        {
            _method = said & 3;
            KeepsZeros = (said & 4) != 0;
            RefusedException.Unless(_method <= 2, "time: a method of 3");
        }

        (long seconds, long nanoseconds) = _method switch
        {
            0 => (reference.Seconds, reference.Nanoseconds),
            1 => _before,
            _ => (reference.Seconds + _difference, _before.Nanoseconds),
        };
        if (isSaid)
        {
            seconds += Cursor.ToSigned(said >> 3);
            nanoseconds = hasRecord ? streams.Times.UInt32() : 0;
            RefusedException.Unless(nanoseconds < 1_000_000_000, "time: more than 10^9 nanoseconds");
        }

        return (seconds, hasRecord ? nanoseconds : 0);
    }

    /// <param name="reference">Null without R.</param>
    public void Remember(HeaderValues made, HeaderValues? reference)
    {
        _before = (made.Seconds, made.Nanoseconds);
        _difference = reference == null ? _difference : made.Seconds - reference.Seconds;
    }
}
