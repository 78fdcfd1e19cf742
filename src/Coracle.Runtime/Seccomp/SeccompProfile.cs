using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// A seccomp profile in Docker's form, read and checked: what it says of calls, when, and through which interfaces. What a container's
/// capabilities make of it, <see cref="SeccompFilter.Compile"/> says.
/// </summary>
public sealed class SeccompProfile
{
    internal SeccompProfile(SyscallAnswer otherwise, IReadOnlyList<string>? architectures, IReadOnlyList<ArchitectureGroup> groups, IReadOnlyList<ProfileRule> rules)
    {
        Otherwise = otherwise;
        Architectures = architectures;
        Groups = groups;
        Rules = rules;
    }

    /// <summary>For calls that no rule answers.</summary>
    internal SyscallAnswer Otherwise { get; }

    /// <summary>Accepted beside the machine's own, by libseccomp's name; null when the profile has groups instead, or neither.</summary>
    internal IReadOnlyList<string>? Architectures { get; }

    /// <summary>"archMap": the group of the machine's own architecture counts.</summary>
    internal IReadOnlyList<ArchitectureGroup> Groups { get; }

    internal IReadOnlyList<ProfileRule> Rules { get; }

    /// <param name="text">JSON as a client sent it, or as it stood in a file.</param>
    /// <returns>Null: it says nothing at all, and nothing is filtered, as Docker has it.</returns>
    /// <exception cref="SeccompProfileException">Whatever is wrong with it; nothing else is thrown for any bytes.</exception>
    public static SeccompProfile? Parse(ReadOnlyMemory<byte> text) => SeccompProfileParser.Parse(text);
}

/// <summary>A profile that cannot be used, in Docker's words where it has them.</summary>
public sealed class SeccompProfileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An architecture and those whose programs it runs too, by libseccomp's names.</summary>
internal sealed record ArchitectureGroup(string Architecture, IReadOnlyList<string> SubArchitectures);

/// <param name="Names">Those that no interface knows are passed over, as Docker does.</param>
/// <param name="Conditions">All must hold; of two on one argument either (runc's way, from before libseccomp could).</param>
internal sealed record ProfileRule(
    IReadOnlyList<string> Names, SyscallAnswer Answer, IReadOnlyList<ArgumentCondition> Conditions, ProfileFilter? Includes, ProfileFilter? Excludes);

/// <summary>When a rule applies, or does not.</summary>
/// <param name="Capabilities">By name. Included: all are needed; excluded: one is enough.</param>
/// <param name="Architectures">Docker's own names: amd64, arm64, arm.</param>
/// <param name="FromKernel">Null: any.</param>
internal sealed record ProfileFilter(IReadOnlyList<string> Capabilities, IReadOnlyList<string> Architectures, KernelVersion? FromKernel);
