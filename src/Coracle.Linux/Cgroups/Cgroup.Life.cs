using System.Text;

namespace Coracle.Linux;

// Freezing, killing, removing.
public sealed partial class Cgroup
{
    /// <summary>Two seconds: a task in the middle of disk I/O freezes when that is done.</summary>
    private const int FreezeTries = 200;

    /// <summary>One second, for all trees together: the last task's exit is still being accounted for a moment after it was waited for.</summary>
    private const int RemoveTries = 100;

    private const int PauseMilliseconds = 10;

    /// <summary>Rounds of killing; each one meets at most what was forked during the one before.</summary>
    private const int KillRounds = 32;

    /// <summary>Of one container. A privileged one may make cgroups in its own, but not without end.</summary>
    private const int MaxChildren = 4096;

    private const int SigKill = 9;

    /// <returns>The processes in this cgroup and those below it.</returns>
    public IReadOnlyList<int> Processes()
    {
        var found = new List<int>();
        if (Hierarchies.All.Count > 0)
        {
            foreach (string directory in WithChildren(In(TreeOfProcesses)))
            {
                AddProcesses(directory, found);
            }
        }

        return found;
    }

    /// <returns>The processes in the top of a tree itself, and in none of its cgroups.</returns>
    public static IReadOnlyList<int> ProcessesOfTop(CgroupHierarchy hierarchy)
    {
        var found = new List<int>();
        AddProcesses(hierarchy.MountPoint, found);
        return found;
    }

    /// <summary>Stops every process here and below until <see cref="Thaw"/>. Returns when all have stopped.</summary>
    /// <exception cref="LinuxException">EBUSY: some did not within the deadline; all run again. ENOENT: this kernel cannot.</exception>
    public void Freeze()
    {
        SetFrozen(true);
        for (int tries = 0; tries < FreezeTries; tries++)
        {
            if (IsFrozen())
            {
                return;
            }

            Thread.Sleep(PauseMilliseconds);
        }

        SetFrozen(false);
        throw new LinuxException("freeze", Path, Errno.EBUSY);
    }

    public void Thaw() => SetFrozen(false);

    /// <summary>Kills every process here and below, frozen or not. They are dead or dying when it returns; waiting for them is their parent's.</summary>
    public void KillAll()
    {
        try
        {
            KillAllHere();
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // Somebody removed it meanwhile, as systemd does with an empty scope: then there is nobody in it.
        }
    }

    private void KillAllHere()
    {
        // cgroup.kill (5.14) is in the unified tree even when all controllers are elsewhere, and nothing can fork past it.
        if (Hierarchies.Unified is { } unified && Exists(In(unified) + "/cgroup.kill"))
        {
            KernelFile.Write(In(unified) + "/cgroup.kill", "1"u8);
            ThawIfPossible();
            return;
        }

        for (int round = 0; round < KillRounds; round++)
        {
            IReadOnlyList<int> processes = Processes();
            if (processes.Count == 0)
            {
                return;
            }

            foreach (int pid in processes)
            {
                _ = LibC.kill(pid, SigKill);
            }

            ThawIfPossible();
        }
    }

    /// <summary>Removes it, and what was made below it, from every tree. Absent is removed.</summary>
    /// <exception cref="LinuxException">EBUSY: a process is still in it.</exception>
    public void Delete()
    {
        LinuxException? failure = null;
        int triesLeft = RemoveTries;
        foreach (CgroupHierarchy hierarchy in Hierarchies.All)
        {
            List<string> directories = WithChildren(In(hierarchy));
            for (int index = directories.Count - 1; index >= 0; index--)
            {
                failure = RemoveDirectory(directories[index], ref triesLeft) ?? failure; // the other trees are cleaned all the same
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private CgroupHierarchy TreeOfProcesses => Hierarchies.Find(CgroupControllers.Freezer) ?? Hierarchies.Unified ?? Hierarchies.All[0];

    private void SetFrozen(bool frozen)
    {
        if (Hierarchies.Find(CgroupControllers.Freezer) is { } v1)
        {
            KernelFile.Write(In(v1) + "/freezer.state", frozen ? "FROZEN"u8 : "THAWED"u8);
            return;
        }

        CgroupHierarchy unified = Hierarchies.Unified ?? throw new LinuxException("freeze", Path, Errno.ENOENT);
        KernelFile.Write(In(unified) + "/cgroup.freeze", frozen ? "1"u8 : "0"u8);
    }

    private bool IsFrozen()
        => Hierarchies.Find(CgroupControllers.Freezer) is { } v1
            ? KernelFile.Read(In(v1) + "/freezer.state").AsSpan().StartsWith("FROZEN"u8)
            : KernelFile.Read(In(Hierarchies.Unified!) + "/cgroup.events").AsSpan().IndexOf("frozen 1"u8) >= 0;

    /// <summary>What is frozen (v1) is killed only once it runs again.</summary>
    private void ThawIfPossible()
    {
        try
        {
            SetFrozen(false);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // No freezer: nothing was frozen.
        }
    }

    private static void AddProcesses(string directory, List<int> found)
    {
        const int Limit = 4 * 1024 * 1024; // every pid there can be, 4194304 of them, would be 32 MiB; a container has fewer
        byte[]? content;
        try
        {
            if (!KernelFile.TryRead(directory + "/cgroup.procs", out content, Limit))
            {
                return;
            }
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENODEV or Errno.EOPNOTSUPP)
        {
            return; // removed between open and read; or a threaded one (v2), whose processes are listed by the one above that is not
        }

        int value = 0;
        foreach (byte next in content)
        {
            if (next != (byte)'\n')
            {
                value = (value * 10) + (next - '0');
                continue;
            }

            // 0 is a process of a PID namespace that we cannot see into; kill(0) would hit our own group.
            if (value > 0)
            {
                found.Add(value);
            }

            value = 0;
        }
    }

    /// <summary>The directory and all below it, parents before children; empty when it is not there.</summary>
    private static List<string> WithChildren(string top)
    {
        var all = new List<string>();
        if (!Exists(top))
        {
            return all;
        }

        all.Add(top);
        for (int index = 0; index < all.Count && all.Count < MaxChildren; index++)
        {
            AddChildren(all[index], all);
        }

        return all;
    }

    private static void AddChildren(string parent, List<string> all)
    {
        try
        {
            using DirectoryHandle directory = DirectoryHandle.Open(parent);
            using DirectoryReader entries = directory.ReadEntries();
            while (entries.Next())
            {
                if (entries.IsSurelyDirectory && all.Count < MaxChildren)
                {
                    all.Add(parent + "/" + Encoding.UTF8.GetString(entries.Name));
                }
            }
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // Removed while we looked.
        }
    }

    internal static unsafe bool Exists(string path)
    {
        statx status;
        fixed (byte* cPath = new CText(path, stackalloc byte[CText.StackLength]))
        {
            return LibC.statx(Abi.AT_FDCWD, cPath, Abi.AT_SYMLINK_NOFOLLOW, 0, &status) == 0;
        }
    }

    private static unsafe void MakeDirectory(string path)
    {
        fixed (byte* cPath = new CText(path, stackalloc byte[CText.StackLength]))
        {
            if (LibC.mkdirat(Abi.AT_FDCWD, cPath, DirectoryMode) != 0 && LinuxException.LastErrno != Errno.EEXIST)
            {
                throw LinuxException.FromLastError("mkdir", path);
            }
        }
    }

    private static unsafe LinuxException? RemoveDirectory(string path, ref int triesLeft)
    {
        fixed (byte* cPath = new CText(path, stackalloc byte[CText.StackLength]))
        {
            while (LibC.unlinkat(Abi.AT_FDCWD, cPath, Abi.AT_REMOVEDIR) != 0 && LinuxException.LastErrno != Errno.ENOENT)
            {
                if (LinuxException.LastErrno != Errno.EBUSY || triesLeft-- <= 0)
                {
                    return LinuxException.FromLastError("rmdir", path);
                }

                Thread.Sleep(PauseMilliseconds);
            }

            return null;
        }
    }
}
