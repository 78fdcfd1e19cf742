using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary><c>__registers</c> is two fields of four bits, dst_reg and src_reg.</summary>
[CType("struct bpf_insn")]
[StructLayout(LayoutKind.Sequential)]
internal struct bpf_insn
{
    public byte code;
    public byte __registers;
    public short off;
    public int imm;
}

/// <summary>The part of union bpf_attr that BPF_PROG_LOAD reads, as far as Linux 4.14 has it.</summary>
[CType("union bpf_attr", IsPrefix = true)]
[StructLayout(LayoutKind.Sequential)]
internal struct bpf_prog_load
{
    public uint prog_type;
    public uint insn_cnt;
    public ulong insns;
    public ulong license;
    public uint log_level;
    public uint log_size;
    public ulong log_buf;
    public uint kern_version;
    public uint prog_flags;
}

/// <summary>The part of union bpf_attr that BPF_PROG_ATTACH reads.</summary>
[CType("union bpf_attr", IsPrefix = true)]
[StructLayout(LayoutKind.Sequential)]
internal struct bpf_prog_attach
{
    public uint target_fd;
    public uint attach_bpf_fd;
    public uint attach_type;
    public uint attach_flags;
}
