using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Fuzz;

/// <summary>A client's or an operator's profile, down to the program that the kernel gets.</summary>
internal static class SeccompTarget
{
    /// <summary>Of struct sock_filter, and the kernel's bound on a program.</summary>
    private const int InstructionLength = 8, MostInstructions = 4096;

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (SeccompProfile.Parse(input.ToArray()) is not { } profile)
        {
            return;
        }

        foreach (CpuArchitecture architecture in (CpuArchitecture[])[CpuArchitecture.X64, CpuArchitecture.Arm64])
        {
            byte[] program = SeccompFilter.Compile(profile, CapabilitySet.DockerDefault, KernelVersion.Parse("6.1.0"), architecture);
            Promise.Holds(program.Length % InstructionLength == 0 && program.Length <= MostInstructions * InstructionLength, "a program is one that the kernel takes");
        }
    }
}
