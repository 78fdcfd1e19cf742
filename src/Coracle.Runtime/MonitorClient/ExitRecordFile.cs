using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The file <c>exit</c>: whole or not there. It is in exec-root, so it need not survive a power cut and is not synced.</summary>
internal static class ExitRecordFile
{
    private const int MostBytes = 4096;

    /// <summary>"CEXT", little-endian.</summary>
    private const int Magic = 0x54584543;

    private const ushort Version = 1;
    private const long NanosecondsPerTick = 100;

    public static void Write(DirectoryHandle directory, ExitRecord record)
    {
        var writer = new RecordWriter();
        writer.Int32(Magic);
        writer.UInt16(Version);
        Encode(writer, record);
        directory.RemoveIfPresent(MonitorFiles.ExitTemporary);
        using (SafeFileHandle file = directory.CreateNew(MonitorFiles.ExitTemporary))
        {
            RandomAccess.Write(file, writer.Written, fileOffset: 0);
        }

        directory.Rename(MonitorFiles.ExitTemporary, MonitorFiles.Exit);
    }

    /// <returns>Null when there is none; a damaged one reads as a lost monitor's.</returns>
    public static ExitRecord? TryRead(DirectoryHandle directory)
    {
        byte[]? bytes = DurableFile.TryRead(directory, MonitorFiles.Exit, MostBytes);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            var reader = new RecordReader(bytes);
            return reader.Int32() == Magic && reader.UInt16() == Version
                ? Decode(ref reader)
                : throw new InvalidDataException("not an exit record of this version");
        }
        catch (InvalidDataException damaged)
        {
            return Lost(directory.Stat(MonitorFiles.Exit).ModifiedNanoseconds, damaged.Message);
        }
    }

    public static void Encode(RecordWriter writer, ExitRecord record)
    {
        writer.Int32(record.ExitCode);
        writer.Int64(ToUnixNanoseconds(record.FinishedAt));
        writer.Flag(record.OomKilled);
        writer.Flag(record.MonitorLost);
        writer.Text(record.Error);
    }

    public static ExitRecord Decode(ref RecordReader reader)
    {
        int code = reader.Int32();
        DateTimeOffset finished = FromUnixNanoseconds(reader.Int64());
        bool oomKilled = reader.Flag();
        bool lost = reader.Flag();
        return new ExitRecord(code, finished, oomKilled, reader.Text(), lost);
    }

    /// <summary>The record of a process whose monitor died: it was killed, and how it would have ended is not known.</summary>
    public static ExitRecord Lost(long unixNanoseconds, string error)
        => new(ExitRecord.KilledCode, FromUnixNanoseconds(unixNanoseconds), OomKilled: false, error, MonitorLost: true);

    public static DateTimeOffset FromUnixNanoseconds(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / NanosecondsPerTick);

    private static long ToUnixNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
}
