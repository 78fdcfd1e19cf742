namespace Coracle.Linux;

/// <summary>
/// epoll, for a loop that watches thousands of descriptors of which few speak: what a turn costs does not depend on how many there are.
/// Level-triggered. For one thread.
/// </summary>
public sealed unsafe class EventQueue : IDisposable
{
    private const int MostAtOnce = 64;

    // struct epoll_event: u32 events and u64 data; on x64 without padding between them, so that 32-bit programs see the same.
    internal static int Stride => Port.Current == CpuArchitecture.X64 ? 12 : 16;

    internal static int TokenAt => Port.Current == CpuArchitecture.X64 ? 4 : 8;

    private readonly byte[] _happenings = new byte[MostAtOnce * Stride];

    private readonly Descriptor _queue = Descriptor.FromResult(LibC.epoll_create1(Abi.EPOLL_CLOEXEC), "epoll_create1", "");

    /// <param name="token">Comes back with what happens.</param>
    /// <returns>False when it cannot be watched: no memory, the user's limit of watches, or a file that is always ready.</returns>
    public bool TryAdd(Descriptor descriptor, ulong token, PollInterest interest) => Control(Abi.EPOLL_CTL_ADD, descriptor, token, interest);

    public void Change(Descriptor descriptor, ulong token, PollInterest interest) => _ = Control(Abi.EPOLL_CTL_MOD, descriptor, token, interest);

    /// <summary>
    /// Before it is closed: as long as somebody else has a duplicate of one that is closed but not removed, its events go on, and nothing
    /// can stop them.
    /// </summary>
    public void Remove(Descriptor descriptor) => _ = Control(Abi.EPOLL_CTL_DEL, descriptor, 0, PollInterest.None);

    /// <param name="milliseconds">-1 waits for ever.</param>
    /// <returns>How many have something: 0 when the time is over.</returns>
    public int Wait(int milliseconds)
    {
        fixed (byte* happenings = _happenings)
        {
            int count = LibC.epoll_wait(_queue.Number, happenings, MostAtOnce, milliseconds);
            return count >= 0 ? count : LinuxException.LastErrno == Errno.EINTR ? 0 : throw LinuxException.FromLastError("epoll_wait", "");
        }
    }

    public ulong Token(int index) => BitConverter.ToUInt64(_happenings, (index * Stride) + TokenAt);

    /// <summary>Bytes, the end, or an error.</summary>
    public bool CanRead(int index) => (Events(index) & (Abi.EPOLLIN | Abi.EPOLLHUP | Abi.EPOLLERR)) != 0;

    /// <summary>Room, or an error to fetch.</summary>
    public bool CanWrite(int index) => (Events(index) & (Abi.EPOLLOUT | Abi.EPOLLHUP | Abi.EPOLLERR)) != 0;

    public void Dispose() => _queue.Dispose();

    private int Events(int index) => BitConverter.ToInt32(_happenings, index * Stride);

    private bool Control(int operation, Descriptor descriptor, ulong token, PollInterest interest)
    {
        byte* happening = stackalloc byte[Stride];
        *(int*)happening = ((interest & PollInterest.Read) != 0 ? Abi.EPOLLIN : 0) | ((interest & PollInterest.Write) != 0 ? Abi.EPOLLOUT : 0);
        *(uint*)(happening + TokenAt) = (uint)token; // in halves: at 4 it is not aligned
        *(uint*)(happening + TokenAt + sizeof(uint)) = (uint)(token >> 32);
        return LibC.epoll_ctl(_queue.Number, operation, descriptor.Number, happening) == 0;
    }
}
