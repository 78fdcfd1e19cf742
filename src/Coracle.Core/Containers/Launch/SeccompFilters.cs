using System.Text;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>Filters compiled for this machine. Nearly all containers have the same capabilities, so the last one of the engine's profile is kept.</summary>
public sealed class SeccompFilters
{
    private readonly KernelVersion _kernel;
    private readonly CpuArchitecture _architecture;
    private readonly SeccompProfile? _operators;
    private readonly bool _isUnconfined;
    private volatile Compiled? _last;

    private SeccompFilters(KernelVersion kernel, CpuArchitecture architecture, SeccompProfile? operators, bool isUnconfined)
        => (_kernel, _architecture, _operators, _isUnconfined) = (kernel, architecture, operators, isUnconfined);

    /// <summary>Docker's default profile for containers that ask for none.</summary>
    public static SeccompFilters Builtin(KernelVersion kernel, CpuArchitecture architecture) => new(kernel, architecture, null, isUnconfined: false);

    /// <summary>No filter for containers that ask for none (<c>--seccomp-profile unconfined</c>).</summary>
    public static SeccompFilters Unconfined(KernelVersion kernel, CpuArchitecture architecture) => new(kernel, architecture, null, isUnconfined: true);

    /// <param name="profile">The operator's, for containers that ask for none (<c>--seccomp-profile FILE</c>).</param>
    /// <exception cref="SeccompProfileException">It is not usable, with any capabilities.</exception>
    public static SeccompFilters OfOperator(ReadOnlyMemory<byte> profile, KernelVersion kernel, CpuArchitecture architecture)
    {
        SeccompProfile? parsed = SeccompProfile.Parse(profile);
        var filters = new SeccompFilters(kernel, architecture, parsed, isUnconfined: parsed is null);
        filters.ForEngine(CapabilitySet.DockerDefault);
        return filters;
    }

    /// <summary>For a container that asks for nothing.</summary>
    /// <returns>Empty: no filter.</returns>
    public byte[] ForEngine(ulong capabilities)
    {
        if (_isUnconfined)
        {
            return [];
        }

        if (_last is { } last && last.Capabilities == capabilities)
        {
            return last.Program;
        }

        byte[] program = _operators is null ? ForBuiltin(capabilities) : SeccompFilter.Compile(_operators, capabilities, _kernel, _architecture);
        _last = new Compiled(capabilities, program);
        return program;
    }

    /// <summary>Docker's default profile, whatever the engine's is.</summary>
    public byte[] ForBuiltin(ulong capabilities) => SeccompFilter.CompileDefault(capabilities, _kernel, _architecture);

    /// <summary>A profile of the container's own.</summary>
    /// <param name="text">Docker's JSON.</param>
    /// <returns>Empty: no filter.</returns>
    /// <exception cref="EngineException">It is not usable.</exception>
    public byte[] ForProfile(string text, ulong capabilities)
    {
        try
        {
            return SeccompProfile.Parse(Encoding.UTF8.GetBytes(text)) is { } profile ? SeccompFilter.Compile(profile, capabilities, _kernel, _architecture) : [];
        }
        catch (SeccompProfileException unusable)
        {
            throw new EngineException(Refusal.InvalidArgument, unusable.Message, unusable);
        }
    }

    private sealed record Compiled(ulong Capabilities, byte[] Program);
}
