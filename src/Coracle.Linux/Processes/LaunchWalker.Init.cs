namespace Coracle.Linux;

// A process 1 that does what a process 1 must, for programs that do not (--init).
internal static unsafe partial class LaunchWalker
{
    /// <summary>
    /// The child, which walks on, leads a process group of its own in the foreground of the terminal, if there is one. The parent never
    /// returns. Both ends of its pipes are the child's alone from then on, or its execve would not be seen.
    /// </summary>
    private static int StayAsInit(LaunchStep* step, Place* place)
    {
        byte* all = stackalloc byte[SignalBlock];
        byte* before = stackalloc byte[SignalBlock];
        for (int i = 0; i < SignalBlock; i++)
        {
            all[i] = 0xFF;
        }

        _ = ChildCalls.sigprocmask(Abi.SIG_SETMASK, all, before);
        nint child = Clone(0, Abi.SIGCHLD, pidFd: null);
        if (child < 0)
        {
            return ChildCalls.Errno;
        }

        if (child == 0)
        {
            int self = ChildCalls.getpid();
            _ = ChildCalls.setpgid(0, 0);
            _ = ChildCalls.ioctl(0, Abi.TIOCSPGRP, (nint)(&self)); // ENOTTY without a terminal
            _ = ChildCalls.sigprocmask(Abi.SIG_SETMASK, before, null);
            return 0;
        }

        _ = ChildCalls.close(place->Status);
        _ = ChildCalls.close(place->Barrier);
        ShowTitle(step);
        _ = ChildCalls.prctl(Abi.PR_SET_DUMPABLE, (nuint)step->OtherNumber, 0, 0, 0);
        Serve((int)child, all);
        return 0;
    }

    /// <summary>Everything is blocked and taken one by one: what is for the program goes to it, the ends of orphans come here.</summary>
    private static void Serve(int child, byte* all)
    {
        while (true)
        {
            int signal = ChildCalls.sigwaitinfo(all, null);
            if (signal == Abi.SIGCHLD)
            {
                Reap(child);
            }
            else if (signal is > 0 and not (Abi.SIGTTIN or Abi.SIGTTOU))
            {
                _ = ChildCalls.kill(child, signal);
            }
        }
    }

    /// <summary>The program's end is ours; the kernel ends the rest with process 1.</summary>
    private static void Reap(int child)
    {
        int status;
        int gone;
        while ((gone = ChildCalls.wait4(-1, &status, Abi.WNOHANG, null)) > 0)
        {
            if (gone == child)
            {
                int signal = status & 0x7F;
                ChildCalls._exit(signal != 0 ? 128 + signal : (status >> 8) & 0xFF);
            }
        }
    }

    private static void ShowTitle(LaunchStep* step)
    {
        fixed (byte* name = "docker-init"u8)
        {
            _ = ChildCalls.prctl(Abi.PR_SET_NAME, (nuint)name, 0, 0, 0);
        }

        byte* line = (byte*)step->Block;
        bool ended = false;
        for (ulong i = 0; i < step->Number; i++)
        {
            ended = ended || step->Text[i] == 0;
            line[i] = ended ? (byte)0 : step->Text[i];
        }
    }
}
