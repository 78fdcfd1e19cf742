namespace Coracle.Runtime;

/// <summary><see cref="ExitRecord"/> as the monitor holds and writes it: DateTimeOffset would bring .NET's time zones into its file.</summary>
/// <param name="finishedAt">Unix nanoseconds.</param>
internal readonly struct ExitFacts(int exitCode, long finishedAt, bool oomKilled, bool monitorLost, string error)
{
    /// <summary>128 + SIGKILL.</summary>
    private const int KilledCode = 137;

    /// <summary>Of a process whose monitor died: it was killed, and how it would have ended is not known.</summary>
    public static ExitFacts Lost(long finishedAt, string error)
        => new(KilledCode, finishedAt, oomKilled: false, monitorLost: true, error);

    public void Encode(RecordWriter writer)
    {
        writer.Int32(exitCode);
        writer.Int64(finishedAt);
        writer.Flag(oomKilled);
        writer.Flag(monitorLost);
        writer.Text(error);
    }

    public static ExitFacts Decode(ref RecordReader reader)
    {
        int code = reader.Int32();
        long finishedAt = reader.Int64();
        bool oomKilled = reader.Flag();
        bool lost = reader.Flag();
        return new ExitFacts(code, finishedAt, oomKilled, lost, reader.Text());
    }

    public ExitRecord ToRecord() => new(exitCode, UnixTime.ToDateTimeOffset(finishedAt), oomKilled, error, monitorLost);
}
