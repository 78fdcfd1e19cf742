namespace Coracle.Linux;

/// <summary>One thing that a forked child does on its way to execve. What each takes stands at its method of <see cref="LaunchPlan"/>.</summary>
public enum LaunchStepKind
{
    HideFromDebuggers,
    WriteFile,
    UnshareNamespaces,
    MountOn,
    MoveDescriptor,
    MoveStatusPipes,
    PivotRoot,
    CloseDescriptorsFrom,
    JoinNamespace,
    CloneSibling,
    NewSession,
    ControllingTerminal,
    MountProc,
    BindInProc,
    MaskInProc,
    ReadOnlyInProc,
    ReadOnlyRoot,
    JoinSessionKeyring,
    ResetScheduling,
    ResetSignals,
    Umask,
    Limit,
    NoNewPrivileges,
    Seccomp,
    BoundingSet,
    Groups,
    User,
    Capabilities,
    WorkingDirectory,
    WorkingDirectoryAsUser,
    VerifyWorkingDirectory,
    FindProgram,
    AwaitRelease,
    StayAsInit,
    Execute,
}

/// <summary>A step as the child reads it. All memory it points to belongs to its <see cref="LaunchPlan"/>.</summary>
internal unsafe struct LaunchStep
{
    internal LaunchStepKind Kind;
    internal int Fd;
    internal int OtherFd;
    internal byte* Text;
    internal byte* OtherText;
    internal void* Block;
    internal ulong Number;
    internal ulong OtherNumber;
}

/// <summary>What FindProgram stumbled over: the same errno reads differently.</summary>
public enum ProgramFault
{
    None,

    /// <summary>No directory of PATH has it.</summary>
    NotInPath,

    /// <summary>stat of the given path failed.</summary>
    Stat,

    IsDirectory,

    /// <summary>It is there and may not be executed.</summary>
    Access,
}

/// <summary>What the child says through its status pipe: 12 bytes, one write, never torn.</summary>
internal struct LaunchReport
{
    /// <summary>All steps before the barrier are done.</summary>
    internal const int Ready = -1;

    /// <summary>A helper says whom it made: <see cref="Detail"/> is the pid.</summary>
    internal const int Sibling = -2;

    /// <summary>The index of the step that failed, or one of the above.</summary>
    internal int Step;
    internal int Errno;

    /// <summary>A <see cref="ProgramFault"/>, a candidate's index, or a pid.</summary>
    internal int Detail;
}
