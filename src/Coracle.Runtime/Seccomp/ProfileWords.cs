using System.Globalization;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>libseccomp's words, as Docker's profiles spell them.</summary>
internal static class ProfileWords
{
    /// <summary>libseccomp's bound: the kernel's own is one more.</summary>
    private const int MostErrno = 4094;

    // All that runc knows: a profile for many machines names those of others, too.
    private static readonly string[] _architectures =
    [
        "X86", "X86_64", "X32", "ARM", "AARCH64", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC", "PPC64",
        "PPC64LE", "RISCV64", "LOONGARCH64", "M68K", "S390", "S390X", "PARISC", "PARISC64", "SH", "SHEB",
    ];

    /// <param name="given">errnoRet; EPERM when it is not there.</param>
    /// <param name="what">It, for the message.</param>
    internal static SyscallAnswer Answer(string action, ulong? given, string what)
    {
        ulong errno = given ?? (ulong)Errno.EPERM;
        return action switch
        {
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SyscallAnswer.KillThread,
            "SCMP_ACT_KILL_PROCESS" => SyscallAnswer.KillProcess,
            "SCMP_ACT_TRAP" => SyscallAnswer.Trap,
            "SCMP_ACT_ALLOW" => SyscallAnswer.Allow,
            "SCMP_ACT_LOG" => SyscallAnswer.Log,
            "SCMP_ACT_ERRNO" when errno <= MostErrno => SyscallAnswer.Fail((Errno)errno),
            "SCMP_ACT_TRACE" when errno <= ushort.MaxValue => SyscallAnswer.Trace((ushort)errno),
            "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" => throw new SeccompProfileException($"{what} is {errno}, which is no error number (0 to {MostErrno})"),
            "SCMP_ACT_NOTIFY" => throw new SeccompProfileException("SCMP_ACT_NOTIFY is not built in this version of Coracle: it has no listener (listenerPath)"),
            _ => throw new SeccompProfileException($"string {action} is not a valid action for seccomp"),
        };
    }

    internal static ArgumentTest Test(string text) => text switch
    {
        "SCMP_CMP_NE" => ArgumentTest.NotEqual,
        "SCMP_CMP_LT" => ArgumentTest.Less,
        "SCMP_CMP_LE" => ArgumentTest.LessOrEqual,
        "SCMP_CMP_EQ" => ArgumentTest.Equal,
        "SCMP_CMP_GE" => ArgumentTest.GreaterOrEqual,
        "SCMP_CMP_GT" => ArgumentTest.Greater,
        "SCMP_CMP_MASKED_EQ" => ArgumentTest.MaskedEqual,
        _ => throw new SeccompProfileException($"string {text} is not a valid operator for seccomp"),
    };

    internal static void RequireArchitectures(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !_architectures.Contains(name[Prefix.Length..]))
            {
                throw new SeccompProfileException($"string {name} is not a valid arch for seccomp");
            }
        }
    }

    private const string Prefix = "SCMP_ARCH_";

    internal static SyscallInterface? Interface(string architecture) => architecture switch
    {
        "SCMP_ARCH_X86_64" => SyscallInterface.X64,
        "SCMP_ARCH_X86" => SyscallInterface.X86,
        "SCMP_ARCH_X32" => SyscallInterface.X32,
        "SCMP_ARCH_AARCH64" => SyscallInterface.Arm64,
        "SCMP_ARCH_ARM" => SyscallInterface.Arm,
        _ => null,
    };

    /// <returns>Null for the empty text.</returns>
    internal static KernelVersion? Kernel(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        string[] parts = text.Split('.');
        bool valid = parts.Length == 2 && IsByte(parts[0]) && IsByte(parts[1]);
        KernelVersion version = KernelVersion.Parse(text);
        return valid && version != default ? version : throw ProfileObject.Undecodable($"invalid kernel version: \"{text}\", expected \"<kernel>.<major>\"");
    }

    private static bool IsByte(string text) => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
