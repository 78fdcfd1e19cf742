using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Where a profile is to hold: which of its rules and architectures count there.</summary>
internal readonly struct ProfilePlace(ulong capabilities, KernelVersion kernel, CpuArchitecture architecture)
{
    // The 32-bit x86 interface has these twice: the C library of old calls them through socketcall and ipc, whose first argument says which.
    private static readonly string[] _socketCalls =
    [
        "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv", "sendto", "recvfrom", "shutdown",
        "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
    ];

    // ipc(2): the numbers leave gaps.
    private static readonly string[] _ipcCalls =
    [
        "", "semop", "semget", "semctl", "semtimedop", "", "", "", "", "", "", "msgsnd", "msgrcv", "msgget", "msgctl", "", "", "", "", "", "", "shmat", "shmdt",
        "shmget", "shmctl",
    ];

    private string GoName => architecture switch
    {
        CpuArchitecture.X64 => "amd64",
        CpuArchitecture.Arm64 => "arm64",
        _ => "arm",
    };

    private SyscallInterface Native => architecture switch
    {
        CpuArchitecture.X64 => SyscallInterface.X64,
        CpuArchitecture.Arm64 => SyscallInterface.Arm64,
        _ => SyscallInterface.Arm,
    };

    /// <summary>The native one, always, and those of the profile that this machine has.</summary>
    internal List<SyscallInterface> Interfaces(SeccompProfile profile)
    {
        var interfaces = new List<SyscallInterface> { Native };
        foreach (string name in Named(profile))
        {
            if (ProfileWords.Interface(name) is { } calls && !interfaces.Contains(calls) && IsHere(calls))
            {
                interfaces.Add(calls);
            }
        }

        return interfaces;
    }

    /// <summary>
    /// runc answers ENOSYS for calls that are newer than the profile, so that programs fall back; not where the profile allows by default, nor
    /// where it names no architecture.
    /// </summary>
    internal SyscallAnswer? Unknown(SeccompProfile profile)
    {
        bool permits = profile.Otherwise == SyscallAnswer.Allow || profile.Otherwise == SyscallAnswer.Log || IsTrace(profile.Otherwise);
        return permits || Named(profile).Count == 0 ? null : SyscallAnswer.Fail(Errno.ENOSYS);
    }

    internal List<SyscallRule> Rules(SeccompProfile profile)
    {
        var rules = new List<SyscallRule>();
        foreach (ProfileRule rule in profile.Rules)
        {
            if (Applies(rule))
            {
                foreach (string name in rule.Names)
                {
                    Add(rules, name, rule);
                }
            }
        }

        return rules;
    }

    private static void Add(List<SyscallRule> rules, string name, ProfileRule rule)
    {
        if (HasTwoOnOneArgument(rule.Conditions))
        {
            foreach (ArgumentCondition condition in rule.Conditions)
            {
                rules.Add(new SyscallRule(name, rule.Answer, [condition]));
            }

            return;
        }

        rules.Add(new SyscallRule(name, rule.Answer, rule.Conditions));
        if (rule.Conditions.Count == 0)
        {
            AddMultiplexed(rules, name, rule.Answer);
        }
    }

    /// <summary>What is behind the pointer no filter can see: a rule with conditions says nothing of these.</summary>
    private static void AddMultiplexed(List<SyscallRule> rules, string name, SyscallAnswer answer)
    {
        int socket = Array.IndexOf(_socketCalls, name) + 1;
        int ipc = Array.IndexOf(_ipcCalls, name);
        if (socket > 0)
        {
            rules.Add(new SyscallRule("socketcall", answer, [new ArgumentCondition(0, ArgumentTest.Equal, (ulong)socket)]));
        }
        else if (ipc > 0)
        {
            rules.Add(new SyscallRule("ipc", answer, [new ArgumentCondition(0, ArgumentTest.Equal, (ulong)ipc)]));
        }
    }

    private static bool HasTwoOnOneArgument(IReadOnlyList<ArgumentCondition> conditions)
    {
        int seen = 0;
        foreach (ArgumentCondition condition in conditions)
        {
            int bit = 1 << condition.Index;
            if ((seen & bit) != 0)
            {
                return true;
            }

            seen |= bit;
        }

        return false;
    }

    private bool Applies(ProfileRule rule)
    {
        if (rule.Excludes is { } no
            && (no.Architectures.Contains(GoName) || no.Capabilities.Any(Has) || (no.FromKernel is { } until && kernel >= until)))
        {
            return false;
        }

        return rule.Includes is not { } only
            || ((only.Architectures.Count == 0 || only.Architectures.Contains(GoName)) && only.Capabilities.All(Has)
                && (only.FromKernel is not { } from || kernel >= from));
    }

    /// <summary>One that does not exist nobody has.</summary>
    private bool Has(string capability) => CapabilitySet.NumberOf(capability) is >= 0 and int number && (capabilities >> number & 1) != 0;

    private IReadOnlyList<string> Named(SeccompProfile profile)
    {
        foreach (ArchitectureGroup group in profile.Groups)
        {
            if (ProfileWords.Interface(group.Architecture) == Native)
            {
                return [group.Architecture, .. group.SubArchitectures];
            }
        }

        return profile.Architectures ?? [];
    }

    private bool IsHere(SyscallInterface calls) => Native switch
    {
        SyscallInterface.X64 => calls is SyscallInterface.X86 or SyscallInterface.X32,
        SyscallInterface.Arm64 => calls is SyscallInterface.Arm,
        _ => false,
    };

    private static bool IsTrace(SyscallAnswer answer) => (answer.Value & ~(uint)ushort.MaxValue) == SyscallAnswer.Trace(0).Value;
}
