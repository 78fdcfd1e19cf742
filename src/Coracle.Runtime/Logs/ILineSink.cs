namespace Coracle.Runtime;

/// <summary>Where <see cref="LineSplitter"/> sends what it found; the log file, or a test's list.</summary>
internal interface ILineSink
{
    /// <param name="text">Without its newline; at most <see cref="LineSplitter.LongestPiece"/> bytes; valid during the call only.</param>
    /// <param name="endsLine">False for a piece of a line that goes on (or at whose end the output ended).</param>
    void Line(OutputStream stream, ReadOnlySpan<byte> text, bool endsLine, long unixNanoseconds);
}
