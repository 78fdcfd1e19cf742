using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coracle.Linux;

[CType("struct clone_args", IsPrefix = true)]
[StructLayout(LayoutKind.Sequential)]
internal struct clone_args
{
    public ulong flags;
    public ulong pidfd;
    public ulong child_tid;
    public ulong parent_tid;
    public ulong exit_signal;
    public ulong stack;
    public ulong stack_size;
    public ulong tls;
}

[CType("struct sock_fprog")]
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct sock_fprog
{
    public ushort len;
    public byte* filter;
}

[CType("struct __user_cap_header_struct")]
[StructLayout(LayoutKind.Sequential)]
internal struct __user_cap_header_struct
{
    public uint version;
    public int pid;
}

[CType("struct __user_cap_data_struct")]
[StructLayout(LayoutKind.Sequential)]
internal struct __user_cap_data_struct
{
    public uint effective;
    public uint permitted;
    public uint inheritable;
}

[CType("struct rlimit64")]
[StructLayout(LayoutKind.Sequential)]
internal struct rlimit64
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

[CType("struct mount_attr")]
[StructLayout(LayoutKind.Sequential)]
internal struct mount_attr
{
    public ulong attr_set;
    public ulong attr_clr;
    public ulong propagation;
    public ulong userns_fd;
}

[CType("struct statfs64")]
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct statfs64
{
    public nint f_type;
    public nint f_bsize;
    public ulong f_blocks;
    public ulong f_bfree;
    public ulong f_bavail;
    public ulong f_files;
    public ulong f_ffree;
    public fixed int f_fsid[2];
    public nint f_namelen;
    public nint f_frsize;
    public nuint f_flags;
    public FourWords f_spare;

    [InlineArray(4)]
    internal struct FourWords
    {
        private nint _first;
    }
}
