using System.Runtime.InteropServices;

namespace Coracle.Linux;

[Flags]
public enum PollInterest
{
    /// <summary>Errors and the peer's going only.</summary>
    None = 0,
    Read = 1,
    Write = 2,
}

/// <summary>
/// poll(2) over a set that is named afresh each time round: <see cref="Clear"/> → <see cref="Add(Descriptor, PollInterest)"/> … → <see cref="Wait"/> →
/// <see cref="CanRead"/>. With a handful of descriptors that is cheaper than keeping epoll's set in step.
/// </summary>
/// <param name="capacity">To begin with; it grows.</param>
public sealed unsafe class Poller(int capacity)
{
    private pollfd[] _set = new pollfd[capacity];
    private int _count;

    public void Clear() => _count = 0;

    /// <returns>The slot by which to ask after <see cref="Wait"/>.</returns>
    public int Add(Descriptor descriptor, PollInterest interest) => Add(descriptor.Number, interest);

    /// <inheritdoc cref="Add(Descriptor, PollInterest)"/>
    public int Add(SafeHandle descriptor, PollInterest interest) => Add((int)descriptor.DangerousGetHandle(), interest);

    private int Add(int descriptor, PollInterest interest)
    {
        if (_count == _set.Length)
        {
            Array.Resize(ref _set, 2 * _count);
        }

        int events = ((interest & PollInterest.Read) != 0 ? Abi.POLLIN : 0) | ((interest & PollInterest.Write) != 0 ? Abi.POLLOUT : 0);
        _set[_count] = new pollfd { fd = descriptor, events = (short)events };
        return _count++;
    }

    /// <param name="milliseconds">-1 waits for ever.</param>
    public void Wait(int milliseconds)
    {
        fixed (pollfd* set = _set)
        {
            if (LibC.poll(set, (nuint)_count, milliseconds) >= 0)
            {
                return;
            }
        }

        if (LinuxException.LastErrno != Errno.EINTR)
        {
            throw LinuxException.FromLastError("poll", "");
        }

        for (int i = 0; i < _count; i++)
        {
            _set[i].revents = 0;
        }
    }

    /// <summary>There is something to read: bytes, the end, or an error.</summary>
    public bool CanRead(int slot) => (_set[slot].revents & (Abi.POLLIN | Abi.POLLHUP | Abi.POLLERR)) != 0;

    /// <summary>There is room to write, or an error to fetch.</summary>
    public bool CanWrite(int slot) => (_set[slot].revents & (Abi.POLLOUT | Abi.POLLHUP | Abi.POLLERR)) != 0;

    /// <summary>The peer is gone altogether.</summary>
    public bool HungUp(int slot) => (_set[slot].revents & (Abi.POLLHUP | Abi.POLLERR)) != 0;
}
