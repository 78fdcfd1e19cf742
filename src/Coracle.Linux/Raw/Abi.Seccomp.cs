namespace Coracle.Linux;

// linux/audit.h, linux/seccomp.h, linux/bpf_common.h
internal static partial class Abi
{
    internal const uint AUDIT_ARCH_X86_64 = 0xC000003E;
    internal const uint AUDIT_ARCH_I386 = 0x40000003;
    internal const uint AUDIT_ARCH_AARCH64 = 0xC00000B7;
    internal const uint AUDIT_ARCH_ARM = 0x40000028;

    internal const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    internal const uint SECCOMP_RET_KILL_THREAD = 0;
    internal const uint SECCOMP_RET_TRAP = 0x30000;
    internal const uint SECCOMP_RET_ERRNO = 0x50000;
    internal const uint SECCOMP_RET_TRACE = 0x7FF00000;
    internal const uint SECCOMP_RET_LOG = 0x7FFC0000;
    internal const uint SECCOMP_RET_ALLOW = 0x7FFF0000;

    internal const ushort BPF_LD = 0;
    internal const ushort BPF_W = 0;
    internal const ushort BPF_ABS = 0x20;
    internal const ushort BPF_ALU = 4;
    internal const ushort BPF_AND = 0x50;
    internal const ushort BPF_JMP = 5;
    internal const ushort BPF_JA = 0;
    internal const ushort BPF_JEQ = 0x10;
    internal const ushort BPF_JGT = 0x20;
    internal const ushort BPF_JGE = 0x30;
    internal const ushort BPF_RET = 6;
    internal const ushort BPF_K = 0;
    internal const int BPF_MAXINSNS = 4096;
}
