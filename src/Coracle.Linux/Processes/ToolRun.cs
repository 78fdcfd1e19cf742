using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>What a program of the host said.</summary>
/// <param name="ExitCode">128 + N when signal N ended it.</param>
/// <param name="Output">Both of its streams, in the order in which it wrote.</param>
public sealed record ToolOutcome(int ExitCode, string Output);

/// <summary>
/// Runs a program of the host to its end: in the calling thread's namespaces, with no environment, default signals, and files in memory
/// for its streams, so that nothing can be full or waited for.
/// </summary>
/// <remarks>The caller's thread waits meanwhile. For programs of the host alone, never for anything of an image.</remarks>
public static unsafe class ToolRun
{
    private const int OpaqueLength = 512; // posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80; less on 32 bits
    private const int MaskLength = 128;
    private const int MostOutput = 4 << 20;

    /// <param name="program">Its whole path.</param>
    /// <param name="arguments">Without the program's own name.</param>
    /// <exception cref="LinuxException">ENOENT: there is no such program.</exception>
    public static ToolOutcome Run(string program, IReadOnlyList<string> arguments, ReadOnlySpan<byte> input)
    {
        using SafeFileHandle stdin = InMemory("input");
        using SafeFileHandle output = InMemory("output");
        RandomAccess.Write(stdin, input, 0);
        int pid = Start(program, [program, .. arguments], stdin, output);
        if (!ChildReaper.Reap(pid, out WaitStatus status))
        {
            throw new LinuxException("wait4", program, Errno.ECHILD);
        }

        byte[] said = new byte[Math.Min(RandomAccess.GetLength(output), MostOutput)];
        int length = RandomAccess.Read(output, said, 0);
        return new ToolOutcome(status.ExitCode, Encoding.UTF8.GetString(said.AsSpan(0, length)));
    }

    /// <returns>The whole path of a program of the host; null when it has none of that name.</returns>
    public static string? Find(string name)
    {
        foreach (string directory in new[] { "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/", "/usr/local/bin/" })
        {
            int fd = KernelFile.Open(directory + name, Abi.O_RDONLY);
            if (fd >= 0)
            {
                _ = LibC.close(fd);
                return directory + name;
            }
        }

        return null;
    }

    private static SafeFileHandle InMemory(string name)
    {
        var text = new CText(name, stackalloc byte[CText.StackLength]);
        fixed (byte* cName = text)
        {
            int fd = LibC.memfd_create(cName, Abi.MFD_CLOEXEC);
            return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.FromLastError("memfd_create", name);
        }
    }

    private static int Start(string program, string[] words, SafeFileHandle stdin, SafeFileHandle output)
    {
        byte* actions = stackalloc byte[OpaqueLength];
        byte* attributes = stackalloc byte[OpaqueLength];
        Check(LibC.posix_spawn_file_actions_init(actions), program);
        Check(LibC.posix_spawnattr_init(attributes), program);
        try
        {
            using var from = new Borrowed(stdin);
            using var to = new Borrowed(output);
            Check(LibC.posix_spawn_file_actions_adddup2(actions, from.Fd, 0), program);
            Check(LibC.posix_spawn_file_actions_adddup2(actions, to.Fd, 1), program);
            Check(LibC.posix_spawn_file_actions_adddup2(actions, to.Fd, 2), program);
            byte* mask = stackalloc byte[MaskLength];
            new Span<byte>(mask, MaskLength).Fill(byte.MaxValue);
            Check(LibC.posix_spawnattr_setsigdefault(attributes, mask), program);
            new Span<byte>(mask, MaskLength).Clear();
            Check(LibC.posix_spawnattr_setsigmask(attributes, mask), program);
            Check(LibC.posix_spawnattr_setflags(attributes, (short)(Abi.POSIX_SPAWN_SETSIGMASK | Abi.POSIX_SPAWN_SETSIGDEF)), program);
            return Start(program, words, actions, attributes);
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
        }
    }

    private static int Start(string program, string[] words, byte* actions, byte* attributes)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\0', words) + '\0');
        byte** arguments = stackalloc byte*[words.Length + 1];
        byte* noEnvironment = null;
        fixed (byte* start = text)
        {
            byte* next = start;
            for (int i = 0; i < words.Length; i++)
            {
                arguments[i] = next;
                next += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(next).Length + 1;
            }

            arguments[words.Length] = null;
            int pid;
            Check(LibC.posix_spawn(&pid, start, actions, attributes, arguments, &noEnvironment), program);
            return pid;
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
