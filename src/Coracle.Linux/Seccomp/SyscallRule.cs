namespace Coracle.Linux;

/// <summary>What the kernel does with a call: SECCOMP_RET_*.</summary>
public readonly record struct SyscallAnswer(uint Value)
{
    public static SyscallAnswer Allow => new(Abi.SECCOMP_RET_ALLOW);

    public static SyscallAnswer KillThread => new(Abi.SECCOMP_RET_KILL_THREAD);

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

/// <summary>A condition on one argument, compared as 64 unsigned bits.</summary>
/// <param name="Index">0 to 5.</param>
/// <param name="Mask">Only for <see cref="ArgumentTest.MaskedEqual"/>.</param>
public readonly record struct ArgumentCondition(int Index, ArgumentTest Test, ulong Value, ulong Mask = 0);

/// <summary>One row of a filter.</summary>
/// <param name="Call">By name; an interface that does not have it passes the row over.</param>
/// <param name="Conditions">All must hold; none: the row always applies and wins over rows with conditions.</param>
public sealed record SyscallRule(string Call, SyscallAnswer Answer, IReadOnlyList<ArgumentCondition> Conditions)
{
    public SyscallRule(string call, SyscallAnswer answer)
        : this(call, answer, [])
    {
    }
}
