using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Seccomp profiles as programs for <see cref="ProcessSpec.SeccompFilter"/>.</summary>
/// <remarks>About half a millisecond each; the engine keeps the one for Docker's default capabilities.</remarks>
public static class SeccompFilter
{
    /// <summary>Docker's default profile.</summary>
    /// <param name="capabilities">The container's bounding set: rows of the profile open up with it.</param>
    /// <param name="kernel">Rows that are safe from some kernel on.</param>
    /// <param name="architecture">The machine's; its older interfaces (x86 and x32 on x64, ARM on arm64) are filtered too.</param>
    public static byte[] CompileDefault(ulong capabilities, KernelVersion kernel, CpuArchitecture architecture)
    {
        var rules = new List<SyscallRule>();
        foreach (ProfileRow row in DefaultProfile.Rows)
        {
            if (Applies(row, capabilities, kernel, architecture))
            {
                AddRules(rules, row);
            }
        }

        return SeccompAssembler.Assemble(
            InterfacesOf(architecture), rules, SyscallAnswer.Fail(Errno.EPERM), SyscallAnswer.Fail(Errno.ENOSYS));
    }

    /// <summary>A profile of the user's or the operator's.</summary>
    /// <inheritdoc cref="CompileDefault"/>
    /// <exception cref="SeccompProfileException">It makes a program that the kernel would not take.</exception>
    public static byte[] Compile(SeccompProfile profile, ulong capabilities, KernelVersion kernel, CpuArchitecture architecture)
    {
        var place = new ProfilePlace(capabilities, kernel, architecture);
        try
        {
            return SeccompAssembler.Assemble(place.Interfaces(profile), place.Rules(profile), profile.Otherwise, place.Unknown(profile));
        }
        catch (LinuxException tooLong)
        {
            throw new SeccompProfileException("the seccomp profile is too long: " + tooLong.Message, tooLong);
        }
    }

    private static bool Applies(ProfileRow row, ulong capabilities, KernelVersion kernel, CpuArchitecture architecture)
        => (row.Capability == DefaultProfile.Any || Has(capabilities, row.Capability))
        && (row.WithoutCapability == DefaultProfile.Any || !Has(capabilities, row.WithoutCapability))
        && (row.Family == CpuFamily.Any || row.Family == (architecture == CpuArchitecture.X64 ? CpuFamily.X86 : CpuFamily.Arm))
        && kernel >= row.FromKernel;

    private static bool Has(ulong capabilities, int capability) => (capabilities >> capability & 1) != 0;

    private static void AddRules(List<SyscallRule> rules, ProfileRow row)
    {
        SyscallAnswer answer = row.Errno == Errno.None ? SyscallAnswer.Allow : SyscallAnswer.Fail(row.Errno);
        IReadOnlyList<ArgumentCondition> conditions = row.Condition is { } condition ? [condition] : [];
        foreach (string call in row.Calls.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            rules.Add(new SyscallRule(call, answer, conditions));
        }
    }

    private static SyscallInterface[] InterfacesOf(CpuArchitecture architecture) => architecture switch
    {
        CpuArchitecture.X64 => [SyscallInterface.X64, SyscallInterface.X86, SyscallInterface.X32],
        CpuArchitecture.Arm64 => [SyscallInterface.Arm64, SyscallInterface.Arm],
        _ => [SyscallInterface.Arm],
    };
}
