using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>Rules in, a classic BPF program out.</summary>
/// <remarks>
/// For each interface the numbers are cut into runs with one answer, and a binary search over the runs finds it: six to eight
/// comparisons for any call, where one comparison per call would be hundreds. Conditions stand at the leaves.
/// </remarks>
public static class SeccompAssembler
{
    /// <param name="interfaces">The native one first; calls by any other kill the thread, as libseccomp does.</param>
    /// <param name="rules">For one call the row without a condition wins, else the first whose conditions hold.</param>
    /// <param name="otherwise">For calls that no row answers.</param>
    /// <param name="unknown">For calls newer than every row: programs try those and fall back only on ENOSYS. Null: as the others.</param>
    /// <returns>An array of struct sock_filter.</returns>
    /// <exception cref="LinuxException">E2BIG: more than 4096 instructions, which the kernel would refuse.</exception>
    public static byte[] Assemble(
        IReadOnlyList<SyscallInterface> interfaces, IReadOnlyList<SyscallRule> rules, SyscallAnswer otherwise, SyscallAnswer? unknown)
    {
        var table = new SyscallTable();
        var program = new List<sock_filter> { BpfCode.Load(BpfCode.ArchitectureAt) };
        foreach (SyscallInterface calls in interfaces)
        {
            if (calls == SyscallInterface.X32)
            {
                continue; // within x64's
            }

            List<sock_filter> section = Section(calls, interfaces, table, rules, otherwise, unknown);
            program.Add(BpfCode.IfEqual(ArchitectureOf(calls), then: 1, otherwise: 0));
            program.Add(BpfCode.Jump(section.Count));
            program.AddRange(section);
        }

        program.Add(BpfCode.Return(SyscallAnswer.KillThread));
        return program.Count <= Abi.BPF_MAXINSNS
            ? MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(program)).ToArray()
            : throw new LinuxException("seccomp", $"a filter of {program.Count} instructions, of which the kernel takes {Abi.BPF_MAXINSNS}", Errno.E2BIG);
    }

    private static List<sock_filter> Section(
        SyscallInterface calls, IReadOnlyList<SyscallInterface> interfaces, SyscallTable table, IReadOnlyList<SyscallRule> rules,
        SyscallAnswer otherwise, SyscallAnswer? unknown)
    {
        List<SyscallRun> runs = SyscallRun.Of(calls, table, rules, otherwise, unknown);
        if (calls == SyscallInterface.X64)
        {
            // Numbers with the x32 bit are x32's: where that is not accepted, another machine's.
            runs.AddRange(Accepts(interfaces, SyscallInterface.X32)
                ? SyscallRun.Of(SyscallInterface.X32, table, rules, otherwise, unknown)
                : [new SyscallRun(SyscallTable.X32Bit, new SyscallLeaf(SyscallAnswer.KillThread, narrow: false))]);
        }

        var section = new List<sock_filter> { BpfCode.Load(BpfCode.NumberAt) };
        section.AddRange(Search(CollectionsMarshal.AsSpan(runs)));
        return section;
    }

    private static List<sock_filter> Search(ReadOnlySpan<SyscallRun> runs)
    {
        if (runs.Length == 1)
        {
            return runs[0].Leaf.Assemble();
        }

        int middle = runs.Length / 2;
        List<sock_filter> below = Search(runs[..middle]);
        List<sock_filter> above = Search(runs[middle..]);
        var both = new List<sock_filter>(below.Count + above.Count + 2);
        if (below.Count <= BpfCode.MaxConditionalJump)
        {
            both.Add(BpfCode.IfAtLeast(runs[middle].First, then: below.Count, otherwise: 0));
        }
        else
        {
            both.Add(BpfCode.IfAtLeast(runs[middle].First, then: 0, otherwise: 1));
            both.Add(BpfCode.Jump(below.Count));
        }

        both.AddRange(below);
        both.AddRange(above);
        return both;
    }

    private static bool Accepts(IReadOnlyList<SyscallInterface> interfaces, SyscallInterface wanted)
    {
        foreach (SyscallInterface candidate in interfaces)
        {
            if (candidate == wanted)
            {
                return true;
            }
        }

        return false;
    }

    private static uint ArchitectureOf(SyscallInterface calls) => calls switch
    {
        SyscallInterface.X64 or SyscallInterface.X32 => Abi.AUDIT_ARCH_X86_64,
        SyscallInterface.X86 => Abi.AUDIT_ARCH_I386,
        SyscallInterface.Arm64 => Abi.AUDIT_ARCH_AARCH64,
        _ => Abi.AUDIT_ARCH_ARM,
    };
}
