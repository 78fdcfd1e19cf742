using System.Runtime.InteropServices;

namespace Coracle.Linux;

[CType("struct sock_filter")]
[StructLayout(LayoutKind.Sequential)]
internal struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

[CType("struct seccomp_data")]
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct seccomp_data
{
    public int nr;
    public uint arch;
    public ulong instruction_pointer;
    public fixed ulong args[6];
}
