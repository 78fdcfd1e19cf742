using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>The C type a structure must agree with, size and offset by offset; <c>AbiTests</c> asks the C compilers.</summary>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class CTypeAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>The kernel is told its size and knows longer, newer forms of it: ours is how it begins.</summary>
    public bool IsPrefix { get; init; }
}

[CType("struct timespec")]
[StructLayout(LayoutKind.Sequential)]
internal struct timespec
{
    public nint tv_sec;
    public nint tv_nsec;
}

[CType("struct statx_timestamp")]
[StructLayout(LayoutKind.Sequential)]
internal struct statx_timestamp
{
    public long tv_sec;
    public uint tv_nsec;
    public int __reserved;
}

[CType("struct statx")]
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct statx
{
    public uint stx_mask;
    public uint stx_blksize;
    public ulong stx_attributes;
    public uint stx_nlink;
    public uint stx_uid;
    public uint stx_gid;
    public ushort stx_mode;
    public ushort __spare0;
    public ulong stx_ino;
    public ulong stx_size;
    public ulong stx_blocks;
    public ulong stx_attributes_mask;
    public statx_timestamp stx_atime;
    public statx_timestamp stx_btime;
    public statx_timestamp stx_ctime;
    public statx_timestamp stx_mtime;
    public uint stx_rdev_major;
    public uint stx_rdev_minor;
    public uint stx_dev_major;
    public uint stx_dev_minor;
    public ulong stx_mnt_id;
}

[CType("struct open_how")]
[StructLayout(LayoutKind.Sequential)]
internal struct open_how
{
    public ulong flags;
    public ulong mode;
    public ulong resolve;
}
