using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>A system call failed: which one, on what, and why.</summary>
/// <param name="call">The call as its manual page names it.</param>
/// <param name="subject">What it was done to, in the words of the caller: a path, a descriptor, a process.</param>
/// <param name="errno">The kernel's answer.</param>
/// <param name="explanation">Its further words, which only netlink has.</param>
public sealed class LinuxException(string call, string subject, Errno errno, string explanation = "")
    : IOException($"{call} {subject}: {ErrnoWords.NameOf(errno)} ({ErrnoWords.Of(errno)}){(explanation.Length == 0 ? "" : ": ")}{explanation}")
{
    public string Call { get; } = call;

    public string Subject { get; } = subject;

    public Errno Errno { get; } = errno;

    /// <summary>Empty when the kernel had no more to say.</summary>
    public string Explanation { get; } = explanation;

    /// <summary>The errno of this thread's last raw call, which must have been declared with SetLastError.</summary>
    internal static LinuxException FromLastError(string call, string subject) => new(call, subject, LastErrno);

    internal static Errno LastErrno => (Errno)Marshal.GetLastPInvokeError();
}
