namespace Coracle.Linux;

// linux/bpf.h
internal static partial class Abi
{
    internal const int BPF_PROG_LOAD = 5;
    internal const int BPF_PROG_ATTACH = 8;
    internal const int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    internal const int BPF_CGROUP_DEVICE = 6;
    internal const int BPF_F_ALLOW_MULTI = 2;

    internal const int BPF_DEVCG_ACC_MKNOD = 1;
    internal const int BPF_DEVCG_ACC_READ = 2;
    internal const int BPF_DEVCG_ACC_WRITE = 4;
    internal const int BPF_DEVCG_DEV_BLOCK = 1;
    internal const int BPF_DEVCG_DEV_CHAR = 2;

    internal const byte BPF_LDX = 1;
    internal const byte BPF_ALU64 = 7;
    internal const byte BPF_MEM = 0x60;
    internal const byte BPF_X = 8;
    internal const byte BPF_JNE = 0x50;
    internal const byte BPF_RSH = 0x70;
    internal const byte BPF_MOV = 0xB0;
    internal const byte BPF_EXIT = 0x90;

    internal static PerPort SYS_bpf => new(321, 280, 386);
}
