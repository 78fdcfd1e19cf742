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

#if MONITOR_PROTOCOL_NEXT
    private const ushort Written = Version + 1;
#else
    private const ushort Written = Version;
#endif

    public static void Write(DirectoryHandle directory, in ExitFacts facts)
    {
        var writer = new RecordWriter();
        writer.Int32(Magic);
        writer.UInt16(Written);
        facts.Encode(writer);
#if MONITOR_PROTOCOL_NEXT
        writer.Text("next");
#endif
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
            // A later version, of an engine that was here before this one, has more at the end.
            return reader.Int32() == Magic && reader.UInt16() >= Version
                ? ExitFacts.Decode(ref reader).ToRecord()
                : throw new InvalidDataException("not an exit record of this version");
        }
        catch (InvalidDataException damaged)
        {
            return ExitFacts.Lost(directory.Stat(MonitorFiles.Exit).ModifiedNanoseconds, damaged.Message).ToRecord();
        }
    }
}
