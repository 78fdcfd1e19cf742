namespace Coracle.Linux;

/// <summary>Classic BPF for seccomp: the instructions that filters are made of. Jumps only go forward, by a count of instructions.</summary>
internal static class BpfCode
{
    internal const int NumberAt = 0;
    internal const int ArchitectureAt = 4;

    /// <summary>A conditional jump's reach.</summary>
    internal const int MaxConditionalJump = 255;

    private const int ArgumentsAt = 16;

    internal static sock_filter Load(int offset) => Statement(Abi.BPF_LD | Abi.BPF_W | Abi.BPF_ABS, (uint)offset);

    /// <summary>Every port here is little-endian: the low half comes first.</summary>
    internal static sock_filter LoadArgumentLow(int index) => Load(ArgumentsAt + (8 * index));

    internal static sock_filter LoadArgumentHigh(int index) => Load(ArgumentsAt + (8 * index) + 4);

    internal static sock_filter And(uint mask) => Statement(Abi.BPF_ALU | Abi.BPF_AND | Abi.BPF_K, mask);

    internal static sock_filter Return(SyscallAnswer answer) => Statement(Abi.BPF_RET | Abi.BPF_K, answer.Value);

    internal static sock_filter Jump(int over) => Statement(Abi.BPF_JMP | Abi.BPF_JA, (uint)over);

    internal static sock_filter IfEqual(uint value, int then, int otherwise) => Branch(Abi.BPF_JEQ, value, then, otherwise);

    internal static sock_filter IfGreater(uint value, int then, int otherwise) => Branch(Abi.BPF_JGT, value, then, otherwise);

    internal static sock_filter IfAtLeast(uint value, int then, int otherwise) => Branch(Abi.BPF_JGE, value, then, otherwise);

    private static sock_filter Statement(int code, uint k) => new() { code = (ushort)code, k = k };

    private static sock_filter Branch(int test, uint value, int then, int otherwise)
        => new() { code = (ushort)(Abi.BPF_JMP | test | Abi.BPF_K), jt = checked((byte)then), jf = checked((byte)otherwise), k = value };
}
