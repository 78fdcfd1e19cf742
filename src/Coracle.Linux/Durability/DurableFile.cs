using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// The only way this engine puts state on disk. After <see cref="Replace"/> returns, the new content survives a power cut; if it
/// throws, or the power goes first, the old content is still there, whole.
/// </summary>
public static class DurableFile
{
    private const string TemporarySuffix = ".tmp";

    /// <remarks>
    /// The order is the whole point, and the crash tests enumerate it:
    /// 1. write a sibling temporary file, so the rename stays inside one file system;
    /// 2. fsync it, or the rename could land before the bytes do;
    /// 3. rename it over the old name;
    /// 4. fsync the directory, or the rename itself may be lost.
    /// Two writers of one name must keep out of each other's way themselves.
    /// </remarks>
    public static void Replace(DirectoryHandle directory, string name, ReadOnlySpan<byte> content, int mode = DirectoryHandle.OwnerOnlyFile)
    {
        string temporary = name + TemporarySuffix;
        directory.RemoveIfPresent(temporary); // left by an earlier crash; nobody ever reads it
        try
        {
            WriteAndSync(directory, temporary, content, mode);
            directory.Rename(temporary, name);
        }
        catch (IOException)
        {
            directory.RemoveIfPresent(temporary); // a full disk must not stay fuller for our failure
            throw;
        }

        CrashPoint.Hit("durable:renamed");
        directory.Sync();
        CrashPoint.Hit("durable:synced");
    }

    /// <summary>Removes what writes left that a crash cut off: for a directory whose names come and go, where nobody would meet them again.</summary>
    /// <remarks>Only before anybody writes there.</remarks>
    public static void RemoveTemporaries(DirectoryHandle directory)
    {
        foreach (string name in directory.List())
        {
            if (name.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                directory.RemoveIfPresent(name);
            }
        }
    }

    /// <returns>Null when there is no such file.</returns>
    /// <param name="maxBytes">What the caller is ready to hold; a longer file throws EFBIG.</param>
    public static byte[]? TryRead(DirectoryHandle directory, string name, int maxBytes)
    {
        if (!directory.TryOpenRead(name, out SafeFileHandle? file))
        {
            return null;
        }

        using (file)
        {
            long length = RandomAccess.GetLength(file);
            if (length > maxBytes)
            {
                throw new LinuxException("read", $"{directory}/{name} ({length} bytes, at most {maxBytes})", Errno.EFBIG);
            }

            byte[] content = new byte[length];
            int got = 0;
            for (int read = 1; got < content.Length && read > 0; got += read)
            {
                read = RandomAccess.Read(file, content.AsSpan(got), got);
            }

            // Not content[..got]: a range of an array is made by reflection, 150 KB of it in the lean programs (decision 0003).
            return got == content.Length ? content : content.AsSpan(0, got).ToArray();
        }
    }

    private static void WriteAndSync(DirectoryHandle directory, string temporary, ReadOnlySpan<byte> content, int mode)
    {
        using SafeFileHandle file = directory.CreateNew(temporary, mode);
        RandomAccess.Write(file, content, fileOffset: 0);
        CrashPoint.Hit("durable:written");
        OpenFile.Sync(file);
        CrashPoint.Hit("durable:flushed");
    }
}
