namespace Coracle.Linux;

// Who the process becomes, and the end.
public sealed unsafe partial class LaunchPlan
{
    /// <summary>A classic BPF program's instructions are 8 bytes; the kernel takes 4096 of them.</summary>
    public const int MaxFilterBytes = 4096 * FilterInstructionBytes;

    private const int FilterInstructionBytes = 8;

    public void JoinSessionKeyring(string name) => Add(LaunchStepKind.JoinSessionKeyring, name).Text = Text(name);

    public void ResetScheduling() => Add(LaunchStepKind.ResetScheduling);

    public void ResetSignals() => Add(LaunchStepKind.ResetSignals);

    public void Umask(int mask) => Add(LaunchStepKind.Umask, Convert.ToString(mask, 8)).Number = (ulong)mask;

    /// <param name="resource">RLIMIT_* of this architecture.</param>
    public void Limit(int resource, ulong soft, ulong hard)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.Limit, $"{resource} {soft}:{hard}");
        step.Fd = resource;
        step.Number = soft;
        step.OtherNumber = hard;
    }

    public void NoNewPrivileges() => Add(LaunchStepKind.NoNewPrivileges);

    /// <param name="filter">struct sock_filter, one after the other.</param>
    public void Seccomp(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty || filter.Length > MaxFilterBytes || filter.Length % FilterInstructionBytes != 0)
        {
            throw new LinuxException("seccomp", $"a filter of {filter.Length} bytes", Errno.EINVAL);
        }

        ref LaunchStep step = ref Add(LaunchStepKind.Seccomp, $"{filter.Length / FilterInstructionBytes} instructions");
        step.Block = Copy(filter);
        step.Number = (ulong)(filter.Length / FilterInstructionBytes);
    }

    /// <summary>Drops what is not in the mask; needs CAP_SETPCAP, so it comes before <see cref="User"/>.</summary>
    public void BoundingSet(ulong keep) => Add(LaunchStepKind.BoundingSet, $"{keep:x16}").Number = keep;

    /// <summary>All supplementary groups; none is a choice too (CVE-2022-36109 is about the wrong ones).</summary>
    public void Groups(ReadOnlySpan<uint> groups)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.Groups, string.Join(',', groups.ToArray()));
        step.Block = Copy(groups);
        step.Number = (ulong)groups.Length;
    }

    public void User(uint uid, uint gid)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.User, $"{uid}:{gid}");
        step.Number = uid;
        step.OtherNumber = gid;
    }

    /// <summary>Permitted and effective become the mask, inheritable and ambient empty.</summary>
    public void Capabilities(ulong mask) => Add(LaunchStepKind.Capabilities, $"{mask:x16}").Number = mask;

    /// <summary>Tried as root; a refusal is forgiven here because <see cref="WorkingDirectoryAsUser"/> follows.</summary>
    public void WorkingDirectory(string path) => Add(LaunchStepKind.WorkingDirectory, path).Text = Text(path);

    /// <summary>Once more after <see cref="User"/>, when root was refused.</summary>
    public void WorkingDirectoryAsUser(string path) => Add(LaunchStepKind.WorkingDirectoryAsUser, path).Text = Text(path);

    /// <summary>That it lies inside the root.</summary>
    public void VerifyWorkingDirectory() => Add(LaunchStepKind.VerifyWorkingDirectory);

    /// <summary>Takes the first of them that the user may execute.</summary>
    /// <param name="candidates">One path, or one per directory of PATH followed by an empty string (see <see cref="ProgramFault"/>).</param>
    public void FindProgram(string name, IReadOnlyList<string> candidates) => Add(LaunchStepKind.FindProgram, name).Block = Texts(candidates);

    /// <summary>Says "ready" and waits for <see cref="LaunchedChild.Release"/>.</summary>
    public void AwaitRelease() => Add(LaunchStepKind.AwaitRelease);

    /// <summary>
    /// Whoever walks on is a child: this process stays, reaps what is orphaned, passes signals on, and ends as the child ends. Its
    /// program in /proc is that of the caller, which must be one that nobody can write.
    /// </summary>
    /// <param name="title">What ps shows, as far as there is room in our own command line.</param>
    public void StayAsInit(string title)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.StayAsInit, title);
        step.Text = Text(title);
        (nint start, step.Number) = ThisProcess.CommandLine();
        step.Block = (void*)start;

        // Its streams are to be found at /proc/1/fd, as images do that log there; one that is not sealed nobody may name, though.
        step.OtherNumber = ExecutableImage.IsThisSealed() ? 1u : 0;
    }

    /// <param name="arguments">The first is the program's name for itself.</param>
    /// <param name="environment">NAME=value.</param>
    public void Execute(IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.Execute, arguments.Count == 0 ? "" : arguments[0]);
        step.Block = Texts(arguments);
        step.OtherText = (byte*)Texts(environment);
    }

    /// <summary>What must hold of any plan whatever the options were; a violation is our bug, found before there is a child.</summary>
    /// <exception cref="InvalidOperationException">Naming the rule.</exception>
    public void Validate()
    {
        Require(_words.Count > 0 && _words[^1].Kind == LaunchStepKind.Execute, "it ends in Execute");
        Require(Find(LaunchStepKind.FindProgram) >= 0, "it finds its program");
        Require(Find(LaunchStepKind.AwaitRelease) > Find(LaunchStepKind.FindProgram), "the barrier comes after the last doubt");
        Require(Find(LaunchStepKind.User) > Find(LaunchStepKind.Groups), "groups before user");
        Require(Find(LaunchStepKind.Capabilities) > Find(LaunchStepKind.User), "capabilities after user");
        Require(Find(LaunchStepKind.BoundingSet) < Find(LaunchStepKind.User), "bounding set before user");
        Require(Find(LaunchStepKind.CloseDescriptorsFrom) >= 0, "it closes what it inherited");

        int last = _words.Count - (Find(LaunchStepKind.StayAsInit) < 0 ? 2 : 3);
        int filter = Find(LaunchStepKind.Seccomp);
        int privileges = Find(LaunchStepKind.NoNewPrivileges);
        Require(
            filter < 0 || (privileges < 0 ? filter < Find(LaunchStepKind.Groups) : filter == last),
            "the filter goes first without no_new_privs, last with it");
    }

    private int Find(LaunchStepKind kind)
    {
        for (int i = _words.Count - 1; i >= 0; i--)
        {
            if (_words[i].Kind == kind)
            {
                return i;
            }
        }

        return -1;
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new InvalidOperationException("a launch plan is wrong: " + rule);
        }
    }
}
