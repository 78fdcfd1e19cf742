using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Something of the keeper's that has one descriptor in its loop, and perhaps a moment at which something is due.</summary>
internal abstract class Watched(WatchSet watches) : IDisposable
{
    protected WatchSet Watches { get; } = watches;

    /// <summary>Null when it has none (any more).</summary>
    public Descriptor? Socket { get; private set; }

    /// <summary>Its place in the loop; 0 while it has none.</summary>
    public ulong Token { get; set; }

    /// <summary>Monotonic milliseconds; long.MaxValue: nothing is due.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    public PollInterest Interest { get; private set; }

    public bool IsClosed => Socket is null;

    /// <summary>Something happened to its descriptor.</summary>
    public abstract void Serve(bool canRead, bool canWrite);

    /// <summary>Its deadline has come; it has none now.</summary>
    public virtual void Expire()
    {
    }

    public virtual void Dispose() => Close();

    /// <summary>From now on this is its descriptor; an earlier one is closed.</summary>
    /// <exception cref="LinuxException">It cannot be watched; it is closed.</exception>
    protected void Adopt(Descriptor socket, PollInterest interest)
    {
        Close();
        Socket = socket;
        Interest = interest;
        if (!Watches.TryAdd(this))
        {
            Close();
            throw new LinuxException("epoll_ctl", "descriptor", Errno.ENOSPC);
        }
    }

    /// <summary>Its descriptor is only held: nobody wants to know what happens to it.</summary>
    protected void HoldOnly(Descriptor socket) => Socket = socket;

    /// <param name="interest">None: not even errors, which the kernel would go on telling to one who does nothing about them.</param>
    protected void Want(PollInterest interest)
    {
        if (interest != Interest && Token != 0)
        {
            PollInterest before = Interest;
            Interest = interest;
            Watches.Change(this, before);
        }
    }

    /// <summary>Takes the descriptor out of the loop without closing it.</summary>
    protected Descriptor? Detach()
    {
        Watches.Remove(this);
        Descriptor? socket = Socket;
        Socket = null;
        return socket;
    }

    protected void Close()
    {
        Watches.Remove(this);
        Socket?.Dispose();
        Socket = null;
    }
}
