namespace Coracle.Linux;

/// <summary>
/// What runs between clone and execve: one loop over a <see cref="LaunchPlan"/> that was made before the fork.
/// </summary>
/// <remarks>
/// The law of this class, in all its parts: nothing is allocated, no static field is read, nothing is thrown, no lock is taken. The
/// child is a copy of a process whose other threads are not there any more; a collection or a lock that waits for them waits for
/// ever. It holds because the parent has one managed thread (docs/decisions: design §1) and because this only calls
/// <see cref="ChildCalls"/>.
/// </remarks>
internal static unsafe partial class LaunchWalker
{
    // Where the child keeps what it still needs while it closes everything else.
    internal const int StatusDescriptor = 3;
    internal const int BarrierDescriptor = 4;

    /// <summary>The child's own exit code when it never became the program; nobody but the monitor sees it.</summary>
    internal const int ExitFailed = 125;

    /// <summary>What one step leaves for a later one.</summary>
    internal struct Place
    {
        internal int Status;
        internal int Barrier;
        internal int Proc;
        internal bool InWorkingDirectory;
        internal byte* Program;
        /// <summary>Of FindProgram: the <see cref="ProgramFault"/>; once it has found it, the candidate's index.</summary>
        internal int Detail;
    }

    internal static void Walk(LaunchStep* steps, int count, int status, int barrier)
    {
        var place = new Place { Status = status, Barrier = barrier, Proc = -1 };
        for (int i = 0; i < count; i++)
        {
            int errno = Take(&steps[i], &place);
            if (errno != 0)
            {
                Report(place.Status, i, errno, place.Detail);
                ChildCalls._exit(ExitFailed);
            }
        }

        ChildCalls._exit(ExitFailed); // unreachable: a validated plan ends in Execute, which does not return
    }

    /// <returns>0 or the errno.</returns>
    private static int Take(LaunchStep* step, Place* place) => step->Kind switch
    {
        LaunchStepKind.HideFromDebuggers => Result(ChildCalls.prctl(Abi.PR_SET_DUMPABLE, 0, 0, 0, 0)),
        LaunchStepKind.WriteFile => WriteFile(step),
        LaunchStepKind.UnshareNamespaces => Result(ChildCalls.unshare((int)step->Number)),
        LaunchStepKind.MountOn => MountOn(step),
        LaunchStepKind.MoveDescriptor => Move(step->Fd, step->OtherFd, (int)step->Number),
        LaunchStepKind.MoveStatusPipes => MoveStatusPipes(place),
        LaunchStepKind.PivotRoot => PivotRoot(step->Fd),
        LaunchStepKind.CloseDescriptorsFrom => CloseFrom(step->Fd, (int)step->Number),
        LaunchStepKind.JoinNamespace => Result(ChildCalls.setns(step->Fd, (int)step->Number)),
        LaunchStepKind.CloneSibling => CloneSibling(place),
        LaunchStepKind.NewSession => Result(ChildCalls.setsid()),
        LaunchStepKind.ControllingTerminal => Result(ChildCalls.ioctl(step->Fd, Abi.TIOCSCTTY, 0)),
        LaunchStepKind.MountProc => MountProc(step, place),
        LaunchStepKind.BindInProc => BindInProc(step, place),
        LaunchStepKind.MaskInProc => MaskInProc(step, place),
        LaunchStepKind.ReadOnlyInProc => ReadOnlyInProc(step, place),
        LaunchStepKind.ReadOnlyRoot => ReadOnlyRoot((nuint)step->Number),
        LaunchStepKind.JoinSessionKeyring => JoinSessionKeyring(step),
        LaunchStepKind.ResetScheduling => ResetScheduling(),
        LaunchStepKind.ResetSignals => ResetSignals(),
        LaunchStepKind.Umask => SetUmask((uint)step->Number),
        LaunchStepKind.Limit => SetLimit(step),
        LaunchStepKind.NoNewPrivileges => Result(ChildCalls.prctl(Abi.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)),
        LaunchStepKind.Seccomp => LoadFilter(step),
        LaunchStepKind.BoundingSet => ReduceBoundingSet(step->Number),
        LaunchStepKind.Groups => SetGroups(step),
        LaunchStepKind.User => SetUser((uint)step->Number, (uint)step->OtherNumber),
        LaunchStepKind.Capabilities => SetCapabilities(step->Number),
        LaunchStepKind.WorkingDirectory => EnterWorkingDirectory(step->Text, place),
        LaunchStepKind.WorkingDirectoryAsUser => place->InWorkingDirectory ? 0 : Result(ChildCalls.chdir(step->Text)),
        LaunchStepKind.VerifyWorkingDirectory => VerifyWorkingDirectory(),
        LaunchStepKind.FindProgram => FindProgram((byte**)step->Block, place),
        LaunchStepKind.AwaitRelease => AwaitRelease(place),
        LaunchStepKind.StayAsInit => StayAsInit(step, place),
        LaunchStepKind.Execute => Execute(step, place),
        _ => (int)Errno.ENOSYS,
    };

    private static void Report(int status, int step, int errno, int detail)
    {
        var report = new LaunchReport { Step = step, Errno = errno, Detail = detail };
        // A monitor that is gone cannot be told; then there is nothing left to do either.
        _ = ChildCalls.write(status, &report, (nuint)sizeof(LaunchReport));
    }

    private static int Result(nint answer) => answer < 0 ? ChildCalls.Errno : 0;

    private static int AwaitRelease(Place* place)
    {
        Report(place->Status, LaunchReport.Ready, 0, 0);
        return AwaitWord(place);
    }

    /// <summary>Waits for one byte. The end of the pipe instead means that the monitor died: then so does the child.</summary>
    private static int AwaitWord(Place* place)
    {
        byte go;
        nint count;
        do
        {
            count = ChildCalls.read(place->Barrier, &go, 1);
        }
        while (count < 0 && ChildCalls.Errno == (int)Errno.EINTR);

        if (count <= 0)
        {
            ChildCalls._exit(ExitFailed);
        }

        return 0;
    }

    private static int Execute(LaunchStep* step, Place* place)
    {
        _ = ChildCalls.execve(place->Program, (byte**)step->Block, (byte**)step->OtherText);
        return ChildCalls.Errno;
    }

    /// <summary>
    /// Tries the candidates in their order as the user that the process now is. One candidate is a name with a slash, whose fault is
    /// told exactly; several are PATH, where whatever cannot be executed is passed over.
    /// </summary>
    private static int FindProgram(byte** candidates, Place* place)
    {
        bool single = candidates[0] is not null && candidates[1] is null && *candidates[0] != 0;
        for (byte** candidate = candidates; *candidate is not null; candidate++)
        {
            int errno = Examine(*candidate, place);
            if (errno == 0)
            {
                place->Program = *candidate;
                place->Detail = (int)(candidate - candidates);
                return 0;
            }

            if (single)
            {
                return errno;
            }
        }

        place->Detail = (int)ProgramFault.NotInPath;
        return (int)Errno.ENOENT;
    }

    private static int Examine(byte* path, Place* place)
    {
        statx status;
        place->Detail = (int)ProgramFault.Stat;
        if (ChildCalls.statx(Abi.AT_FDCWD, path, 0, Abi.STATX_BASIC_STATS, &status) != 0)
        {
            return ChildCalls.Errno;
        }

        if ((status.stx_mode & Abi.S_IFMT) == Abi.S_IFDIR)
        {
            place->Detail = (int)ProgramFault.IsDirectory;
            return (int)Errno.EISDIR;
        }

        place->Detail = (int)ProgramFault.Access;
        if (ChildCalls.faccessat(Abi.AT_FDCWD, path, Abi.X_OK, Abi.AT_EACCESS) != 0)
        {
            return ChildCalls.Errno;
        }

        return 0;
    }
}
