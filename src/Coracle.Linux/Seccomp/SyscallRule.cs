namespace Coracle.Linux;

/// <summary>What the kernel does with a call: SECCOMP_RET_*.</summary>
public readonly record struct SyscallAnswer(uint Value)
{
    public static SyscallAnswer Allow => new(Abi.SECCOMP_RET_ALLOW);

    /// <summary>Allowed, and in the kernel's log.</summary>
    public static SyscallAnswer Log => new(Abi.SECCOMP_RET_LOG);

    public static SyscallAnswer KillThread => new(Abi.SECCOMP_RET_KILL_THREAD);

    public static SyscallAnswer KillProcess => new(Abi.SECCOMP_RET_KILL_PROCESS);

    /// <summary>SIGSYS, which a handler may catch.</summary>
    public static SyscallAnswer Trap => new(Abi.SECCOMP_RET_TRAP);

    /// <summary>A tracer decides; without one the call fails with ENOSYS.</summary>
    /// <param name="data">What the tracer is told.</param>
    public static SyscallAnswer Trace(ushort data) => new(Abi.SECCOMP_RET_TRACE | data);

    /// <summary>The call does nothing and fails with this.</summary>
    public static SyscallAnswer Fail(Errno errno) => new(Abi.SECCOMP_RET_ERRNO | (uint)errno);
}

public enum ArgumentTest
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>(argument &amp; Mask) == Value.</summary>
    MaskedEqual,
}

/// <summary>A condition on one argument, compared as 64 unsigned bits; through an interface of 32 bits as 32.</summary>
/// <param name="Index">0 to 5.</param>
/// <param name="Mask">Only for <see cref="ArgumentTest.MaskedEqual"/>.</param>
public readonly record struct ArgumentCondition(int Index, ArgumentTest Test, ulong Value, ulong Mask = 0)
{
    /// <summary>The kernel takes the argument as an int and never looks at its upper half: neither may a filter.</summary>
    public bool IsInt { get; init; }
}

/// <summary>One row of a filter.</summary>
/// <param name="Call">By name; an interface that does not have it passes the row over.</param>
/// <param name="Answer">When it is what the filter answers otherwise, the row only says that the call is known (as runc has it).</param>
/// <param name="Conditions">All must hold; none: the row always applies and wins over rows with conditions.</param>
public sealed record SyscallRule(string Call, SyscallAnswer Answer, IReadOnlyList<ArgumentCondition> Conditions)
{
    public SyscallRule(string call, SyscallAnswer answer)
        : this(call, answer, [])
    {
    }
}
