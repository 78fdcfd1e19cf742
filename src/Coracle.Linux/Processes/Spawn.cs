using System.Runtime.InteropServices;
using System.Text;

namespace Coracle.Linux;

/// <summary>
/// Starts a program from a process with many threads: libc's posix_spawn (vfork semantics, no managed code in the child). The new
/// process leads a session, has /dev/null as its three streams, no environment, and the signals of the outside world blocked.
/// </summary>
/// <remarks>
/// Blocked, since the monitor reads SIGCHLD from a descriptor, which needs every thread of its runtime to inherit the block, and
/// since nothing but SIGKILL is to end it before its container.
/// </remarks>
public static unsafe class Spawn
{
    // posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80 (glibc, x64; less on 32 bits); sigset_t has 128.
    private const int OpaqueLength = 512;
    private const int MaskLength = 128;
    private const int FirstAfterStdio = 3;

    /// <summary>Against one that takes the x bit away in a loop: each attempt is won or lost by itself.</summary>
    private const int MostRepairs = 50;

    // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGSTOP, SIGSYS: faults of the program itself (a blocked SIGSEGV kills
    // where .NET would throw NullReferenceException) and what cannot be blocked. Real-time signals are the runtime's own.
    private static ReadOnlySpan<byte> NotBlocked => [4, 5, 6, 7, 8, 9, 11, 19, 31];

    private const int LastOrdinarySignal = 31;

    /// <param name="program">An executable file; a memfd will do.</param>
    /// <param name="arguments">Including the name, arguments[0]. "{0}", "{1}" … alone stand for the numbers of the handed-on descriptors.</param>
    /// <param name="handedOn">Duplicated into the child; the caller keeps its own.</param>
    /// <returns>The pid of a child that the caller must reap.</returns>
    public static int Start(SafeHandle program, IReadOnlyList<string> arguments, IReadOnlyList<SafeHandle> handedOn)
    {
        using var image = new Borrowed(program);
        var copies = new Descriptor[handedOn.Count];
        try
        {
            string[] words = [.. arguments];
            for (int i = 0; i < copies.Length; i++)
            {
                copies[i] = Duplicate(handedOn[i]);
                Replace(words, $"{{{i}}}", $"{copies[i].Number}");
            }

            return Start(image.Fd, words, copies);
        }
        finally
        {
            foreach (Descriptor? copy in copies)
            {
                copy?.Dispose();
            }
        }
    }

    /// <summary>
    /// Before Linux 6.3 no seal holds a memfd's x bit, and root in a container that may trace its init can take it away: given back as
    /// often as it is taken, or no container would start any more.
    /// </summary>
    private static int Start(int program, string[] words, Descriptor[] handedOn)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return Start($"/proc/self/fd/{program}", words, handedOn);
            }
            catch (LinuxException e) when (
                e.Errno == Errno.EACCES && attempt < MostRepairs && LibC.fchmod(program, ExecutableImage.ReadAndExecute) == 0)
            {
            }
        }
    }

    private static int Start(string path, string[] words, Descriptor[] handedOn)
    {
        byte* actions = stackalloc byte[OpaqueLength];
        byte* attributes = stackalloc byte[OpaqueLength];
        Check(LibC.posix_spawn_file_actions_init(actions), path);
        Check(LibC.posix_spawnattr_init(attributes), path);
        try
        {
            DescribeDescriptors(actions, handedOn);
            DescribeProcess(attributes);
            return Start(path, words, actions, attributes);
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
        }
    }

    private static void DescribeDescriptors(byte* actions, Descriptor[] handedOn)
    {
        fixed (byte* none = "/dev/null"u8)
        {
            for (int fd = 0; fd < FirstAfterStdio; fd++)
            {
                Check(LibC.posix_spawn_file_actions_addopen(actions, fd, none, Abi.O_RDWR, 0), "/dev/null");
            }
        }

        foreach (Descriptor descriptor in handedOn)
        {
            // Onto itself: glibc (2.29 and later) takes close-on-exec away and keeps the number, so no number can be in another's way.
            Check(LibC.posix_spawn_file_actions_adddup2(actions, descriptor.Number, descriptor.Number), "descriptor");
        }
    }

    private static void DescribeProcess(byte* attributes)
    {
        byte* mask = stackalloc byte[MaskLength];
        new Span<byte>(mask, MaskLength).Fill(byte.MaxValue);
        Check(LibC.posix_spawnattr_setsigdefault(attributes, mask), "signals");
        uint blocked = uint.MaxValue >> (32 - LastOrdinarySignal);
        foreach (byte signal in NotBlocked)
        {
            blocked &= ~(1u << (signal - 1));
        }

        new Span<byte>(mask, MaskLength).Clear();
        *(uint*)mask = blocked; // signal N is bit N - 1 of the first word; little-endian ports only
        Check(LibC.posix_spawnattr_setsigmask(attributes, mask), "signals");
        int flags = Abi.POSIX_SPAWN_SETSID | Abi.POSIX_SPAWN_SETSIGMASK | Abi.POSIX_SPAWN_SETSIGDEF;
        Check(LibC.posix_spawnattr_setflags(attributes, (short)flags), "flags");
    }

    private static int Start(string path, string[] words, byte* actions, byte* attributes)
    {
        byte[] text = Encoding.UTF8.GetBytes(path + '\0' + string.Join('\0', words) + '\0');
        byte** arguments = stackalloc byte*[words.Length + 1];
        byte* noEnvironment = null;
        fixed (byte* start = text)
        {
            byte* next = start;
            for (int i = 0; i < words.Length; i++)
            {
                next += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(next).Length + 1;
                arguments[i] = next;
            }

            arguments[words.Length] = null;
            int pid;
            Check(LibC.posix_spawn(&pid, start, actions, attributes, arguments, &noEnvironment), path);
            return pid;
        }
    }

    private static Descriptor Duplicate(SafeHandle handle)
    {
        using var self = new Borrowed(handle);
        return Descriptor.FromResult(LibC.fcntl(self.Fd, Abi.F_DUPFD_CLOEXEC, FirstAfterStdio), "dup", "descriptor");
    }

    private static void Replace(string[] words, string placeholder, string value)
    {
        int at = Array.IndexOf(words, placeholder);
        if (at >= 0)
        {
            words[at] = value;
        }
    }

    private static void Check(int errno, string subject)
    {
        if (errno != 0)
        {
            throw new LinuxException("posix_spawn", subject, (Errno)errno);
        }
    }
}
