using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>
/// Sees to it that what a layer writes goes to the disk soon and leaves the page cache: a pull must not push out what the
/// device's application uses. Not durability; the commit's syncfs is.
/// </summary>
/// <remarks>
/// A large file is dropped window by window while it is written. Small ones are kept open in a bounded list; when it is full they
/// are all started, then waited for and dropped, so that the disk sees one long queue and not one file at a time.
/// </remarks>
internal sealed class WriteBehind : IDisposable
{
    /// <summary>Bytes written between two looks at the room that is left.</summary>
    public const long PassBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes of closed files that wait for their pass. Three layers are in flight at once, and what all of them hold is what an
    /// application loses of its cache on a board that has none to spare: with 16 MiB each and windows of 4 MiB a 200 MB file in
    /// 256 MB of memory kept 85 to 91 % of its pages during a pull, with these sizes all of them (./dev bench, row "beside").
    /// </summary>
    private const long WaitingBytes = 4 * 1024 * 1024;

    /// <summary>Open at once; below the soft limit of 1,024 descriptors even with three layers in flight.</summary>
    private const int MaxOpenFiles = 256;

    /// <summary>Large enough for the disk to stay busy while the next one is unpacked.</summary>
    private const long WindowBytes = 2 * 1024 * 1024;

    private readonly SafeFileHandle[] _files = new SafeFileHandle[MaxOpenFiles];
    private readonly Action _afterPass;
    private int _count;
    private long _bytes;
    private long _sincePass;

    /// <param name="afterPass">Called after each <see cref="PassBytes"/> written: the place to look at the room that is left.</param>
    public WriteBehind(Action afterPass) => _afterPass = afterPass;

    /// <summary>Tells of bytes written to a file that is still being written.</summary>
    /// <param name="written">Bytes of this file so far, <paramref name="count"/> included.</param>
    public void Wrote(SafeFileHandle file, long written, int count)
    {
        long window = written / WindowBytes;
        if (window != (written - count) / WindowBytes)
        {
            long start = (window - 1) * WindowBytes;
            PageCache.StartWriting(file, start, WindowBytes);
            if (start > 0)
            {
                PageCache.WriteAndDrop(file, start - WindowBytes, WindowBytes);
            }
        }

        CountPass(count);
    }

    /// <summary>The same of a sparse file, whose bytes go to other places than their number says.</summary>
    public void WroteScattered(SafeFileHandle file, long written, int count)
    {
        if (written / WindowBytes != (written - count) / WindowBytes)
        {
            PageCache.WriteAndDrop(file, 0, 0);
        }

        CountPass(count);
    }

    private void CountPass(int count)
    {
        _sincePass += count;
        if (_sincePass >= PassBytes)
        {
            _sincePass = 0;
            _afterPass();
        }
    }

    /// <summary>The file is complete; it is closed here, sooner or later.</summary>
    public void Close(SafeFileHandle file, long length)
    {
        if (length == 0)
        {
            file.Dispose();
            return;
        }

        _files[_count++] = file;
        // Of a large file all but the last window is on its way already.
        _bytes += Math.Min(length, 2 * WindowBytes);
        if (_count == MaxOpenFiles || _bytes >= WaitingBytes)
        {
            Flush();
        }
    }

    /// <summary>Waits for all files that were closed, and drops them from the cache.</summary>
    public void Flush()
    {
        for (int i = 0; i < _count; i++)
        {
            PageCache.StartWriting(_files[i], 0, 0);
        }

        for (int i = 0; i < _count; i++)
        {
            PageCache.WriteAndDrop(_files[i], 0, 0);
        }

        CloseAll();
    }

    public void Dispose() => CloseAll();

    private void CloseAll()
    {
        for (int i = 0; i < _count; i++)
        {
            _files[i].Dispose();
        }

        _count = 0;
        _bytes = 0;
    }
}
