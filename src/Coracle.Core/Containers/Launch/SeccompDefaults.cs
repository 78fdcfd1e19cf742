using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>The default filter, compiled for this machine. Nearly all containers have the same capabilities, so the last one is kept.</summary>
public sealed class SeccompDefaults(KernelVersion kernel, CpuArchitecture architecture)
{
    private volatile Compiled? _last;

    public byte[] For(ulong capabilities)
    {
        if (_last is Compiled last && last.Capabilities == capabilities)
        {
            return last.Program;
        }

        byte[] program = SeccompFilter.CompileDefault(capabilities, kernel, architecture);
        _last = new Compiled(capabilities, program);
        return program;
    }

    private sealed record Compiled(ulong Capabilities, byte[] Program);
}
