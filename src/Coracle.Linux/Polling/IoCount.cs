namespace Coracle.Linux;

/// <summary>What one call on a descriptor answered: a count of bytes, or an errno. In a poll loop both are ordinary.</summary>
public readonly struct IoCount
{
    private readonly int _answer;

    private IoCount(int answer) => _answer = answer;

    /// <summary>Bytes moved; 0 when the call failed (or, for a read, at the end).</summary>
    public int Bytes => Math.Max(_answer, 0);

    public bool Failed => _answer < 0;

    public Errno Errno => Failed ? (Errno)(-_answer) : Errno.None;

    /// <summary>Not now: poll again.</summary>
    public bool WouldBlock => Errno is Errno.EAGAIN or Errno.EINTR;

    internal static IoCount From(nint result) => new(result < 0 ? -(int)LinuxException.LastErrno : (int)result);

    internal static IoCount FailedWith(Errno errno) => new(-(int)errno);
}
