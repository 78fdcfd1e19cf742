namespace Coracle.Core;

/// <summary>Finds where the last N lines of a rotated log begin, reading from its end.</summary>
internal static class LogTail
{
    private const int BlockLength = 32 * 1024;

    /// <param name="files">The oldest first; those wholly before the lines wanted are taken out and closed.</param>
    /// <returns>The offset in the first file that is left.</returns>
    public static long Cut(List<LogFile> files, long lines)
    {
        byte[] block = new byte[BlockLength];
        for (int i = files.Count - 1; i >= 0; i--)
        {
            long offset = FindStart(files[i], ref lines, block);
            if (offset >= 0)
            {
                files[..i].ForEach(file => file.Dispose());
                files.RemoveRange(0, i);
                return offset;
            }
        }

        return 0;
    }

    /// <returns>-1 when the file has fewer lines than are wanted; they are subtracted then.</returns>
    private static long FindStart(LogFile file, ref long lines, byte[] block)
    {
        long end = RandomAccess.GetLength(file.Handle);
        if (lines == 0)
        {
            return end;
        }

        long found = 0;
        for (long at = end; at > 0;)
        {
            int length = (int)Math.Min(block.Length, at);
            at -= length;
            int read = RandomAccess.Read(file.Handle, block.AsSpan(0, length), at);
            for (int i = read - 1; i >= 0; i--)
            {
                // Each line feed but the last one ends the line before a line that is counted.
                if (block[i] == (byte)'\n' && at + i + 1 < end && ++found == lines)
                {
                    return at + i + 1;
                }
            }
        }

        lines -= end > 0 ? found + 1 : 0;
        return lines == 0 ? 0 : -1;
    }
}
