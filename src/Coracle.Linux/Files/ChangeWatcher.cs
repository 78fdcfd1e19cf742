using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// Tells when something in a directory is written, made or renamed (inotify). One descriptor and one thread for any number
/// of watches; both exist only while there is a watch, and the thread sleeps in the kernel until something happens.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "the descriptor lives as long as there is a watch; its thread closes it")]
public sealed class ChangeWatcher
{
    private const uint Interesting = Abi.IN_MODIFY | Abi.IN_CREATE | Abi.IN_MOVED_TO;

    /// <summary>sizeof(struct inotify_event) without its name.</summary>
    private const int EventHeader = 16;

    private const int BufferLength = 16 * 1024;

    private readonly Lock _lock = new();

    private readonly Dictionary<int, List<ChangeWatch>> _watches = [];

    private SafeFileHandle? _notifier;

    /// <summary>Changes from now on; dispose the watch to end it.</summary>
    public ChangeWatch Watch(DirectoryHandle directory)
    {
        lock (_lock)
        {
            SafeFileHandle notifier = _notifier ?? Begin();
            int number = Add(notifier, directory.ProcPath);
            ChangeWatch watch = new(number, this);
            if (!_watches.TryGetValue(number, out List<ChangeWatch>? same))
            {
                _watches[number] = same = [];
            }

            same.Add(watch);
            return watch;
        }
    }

    internal void End(ChangeWatch watch)
    {
        lock (_lock)
        {
            if (_notifier is null || !_watches.TryGetValue(watch.Number, out List<ChangeWatch>? same) || !same.Remove(watch) || same.Count > 0)
            {
                return;
            }

            _watches.Remove(watch.Number);
            // Makes an IN_IGNORED event, which wakes the thread: it sees whether any watch is left.
            Remove(_notifier, watch.Number);
        }
    }

    private SafeFileHandle Begin()
    {
        int descriptor = LibC.inotify_init1(Abi.IN_CLOEXEC);
        if (descriptor < 0)
        {
            throw LinuxException.FromLastError("inotify_init1", "");
        }

        _notifier = new SafeFileHandle(descriptor, ownsHandle: true);
        SafeFileHandle notifier = _notifier;
        new Thread(() => Listen(notifier)) { IsBackground = true, Name = "changes" }.Start();
        return _notifier;
    }

    private void Listen(SafeFileHandle notifier)
    {
        byte[] buffer = new byte[BufferLength];
        while (true)
        {
            int length = Read(notifier, buffer);
            lock (_lock)
            {
                for (int at = 0; at + EventHeader <= length;)
                {
                    ReadOnlySpan<byte> header = buffer.AsSpan(at, EventHeader);
                    Tell(header[..4]);
                    at += EventHeader + (int)Native(header[12..]);
                }

                if (_watches.Count == 0)
                {
                    _notifier = null;
                    notifier.Dispose();
                    return;
                }
            }
        }
    }

    private void Tell(ReadOnlySpan<byte> number)
    {
        if (_watches.TryGetValue((int)Native(number), out List<ChangeWatch>? same))
        {
            foreach (ChangeWatch watch in same)
            {
                watch.Poke();
            }
        }
    }

    private static uint Native(ReadOnlySpan<byte> field)
        => BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(field) : BinaryPrimitives.ReadUInt32BigEndian(field);

    private static unsafe int Read(SafeFileHandle notifier, byte[] buffer)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                nint length = LibC.read((int)notifier.DangerousGetHandle(), bytes, (nuint)buffer.Length);
                if (length >= 0)
                {
                    return (int)length;
                }

                if (LinuxException.LastErrno != Errno.EINTR)
                {
                    throw LinuxException.FromLastError("read", "inotify");
                }
            }
        }
    }

    private static unsafe int Add(SafeFileHandle notifier, string path)
    {
        CText text = new(path, stackalloc byte[CText.StackLength]);
        fixed (byte* bytes = text)
        {
            int number = LibC.inotify_add_watch((int)notifier.DangerousGetHandle(), bytes, Interesting);
            return number >= 0 ? number : throw LinuxException.FromLastError("inotify_add_watch", path);
        }
    }

    private static void Remove(SafeFileHandle notifier, int number)
    {
        // Fails only when the directory is gone, and then the watch went with it.
        if (LibC.inotify_rm_watch((int)notifier.DangerousGetHandle(), number) < 0 && LinuxException.LastErrno != Errno.EINVAL)
        {
            throw LinuxException.FromLastError("inotify_rm_watch", "");
        }
    }
}

/// <summary>One listener to the changes of one directory. Changes between two calls of <see cref="NextAsync"/> count once.</summary>
public sealed class ChangeWatch : IDisposable
{
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly ChangeWatcher _watcher;

    internal ChangeWatch(int number, ChangeWatcher watcher)
    {
        Number = number;
        _watcher = watcher;
    }

    internal int Number { get; }

    /// <summary>Completes when something changed since the last call, or since the beginning.</summary>
    public async Task NextAsync(CancellationToken cancellationToken) => await _changed.Reader.ReadAsync(cancellationToken);

    /// <summary>As if something had changed: wakes the listener for another reason.</summary>
    public void Poke() => _changed.Writer.TryWrite(true);

    public void Dispose() => _watcher.End(this);
}
