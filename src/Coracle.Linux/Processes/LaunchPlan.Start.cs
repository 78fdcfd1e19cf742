using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

// The fork itself, seen from the parent.
public sealed unsafe partial class LaunchPlan
{
    /// <summary>Descriptors that steps move about lie above this, so that a move never overwrites one that is still to be moved.</summary>
    public const int FirstFreeDescriptor = 64;

    private const int SignalSetBytes = 128; // sigset_t of glibc, every port

    /// <summary>
    /// Makes the child and waits until it stands at <see cref="AwaitRelease"/> or has failed. The child is in the namespaces that the
    /// calling thread is in now, and in a new PID namespace when asked.
    /// </summary>
    /// <exception cref="LaunchStepException">A step failed; the child is gone and reaped.</exception>
    /// <exception cref="LinuxException">There was no child at all.</exception>
    public LaunchedChild Start(bool newPidNamespace)
    {
        LaunchedChild child = Begin(newPidNamespace);
        try
        {
            while (child.Advance() != LaunchProgress.Ready)
            {
            }

            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>Only makes the child: how far it is, <see cref="LaunchedChild.Advance"/> tells.</summary>
    /// <exception cref="LinuxException">There was no child at all.</exception>
    public LaunchedChild Begin(bool newPidNamespace)
    {
        Validate();
        using Pipe status = Pipe.Create(FirstFreeDescriptor);
        using Pipe barrier = Pipe.Create(FirstFreeDescriptor);
        int pidFd = -1;
        nint pid = Fork(newPidNamespace, status.Write, barrier.Read, &pidFd);
        status.CloseWrite();
        barrier.CloseRead();

        return new LaunchedChild(_words, (int)pid, pidFd, status.TakeRead(), barrier.TakeWrite());
    }

    /// <summary>A duplicate, close-on-exec, numbered from <see cref="FirstFreeDescriptor"/> on.</summary>
    public static SafeFileHandle Raise(SafeHandle handle)
    {
        using var self = new Borrowed(handle);
        int raised = LibC.fcntl(self.Fd, Abi.F_DUPFD_CLOEXEC, FirstFreeDescriptor);
        return raised >= 0 ? new SafeFileHandle(raised, ownsHandle: true) : throw LinuxException.FromLastError("dup", "descriptor");
    }

    private nint Fork(bool newPidNamespace, int status, int barrier, int* pidFd)
    {
        // No handler of ours may run in the child: it would write to the runtime's own signal pipe, which the parent reads.
        byte* all = stackalloc byte[SignalSetBytes];
        byte* before = stackalloc byte[SignalSetBytes];
        new Span<byte>(all, SignalSetBytes).Fill(0xFF);
        _ = ChildCalls.sigprocmask(Abi.SIG_SETMASK, all, before);
        nint pid = LaunchWalker.Clone((ulong)Abi.CLONE_PIDFD | (newPidNamespace ? (ulong)Abi.CLONE_NEWPID : 0), Abi.SIGCHLD, pidFd);
        if (pid == 0)
        {
            LaunchWalker.Walk(_steps, _words.Count, status, barrier);
        }

        int errno = pid < 0 ? ChildCalls.Errno : 0;
        _ = ChildCalls.sigprocmask(Abi.SIG_SETMASK, before, null);
        return pid > 0 ? pid : throw new LinuxException("clone3", newPidNamespace ? "new PID namespace" : "", (Errno)errno);
    }
}
