namespace Coracle.Linux;

// Device rules of cgroup v2.
public sealed partial class Cgroup
{
    /// <summary>
    /// Has the kernel ask this program at each open and mknod of a device from here and below, beside those that others attached.
    /// It stays until the cgroup goes.
    /// </summary>
    /// <param name="program">From <see cref="DeviceProgram"/>.</param>
    /// <exception cref="LinuxException">ENOENT: no cgroup v2 here. EINVAL, ENOSYS: a kernel without CONFIG_CGROUP_BPF. EPERM: without CAP_BPF.</exception>
    public unsafe void AttachDeviceProgram(ReadOnlySpan<byte> program)
    {
        CgroupHierarchy unified = Hierarchies.Unified ?? throw new LinuxException("bpf", Path, Errno.ENOENT);
        int loaded = LoadDeviceProgram(program);
        try
        {
            using DirectoryHandle directory = DirectoryHandle.Open(In(unified));
            using var target = new Borrowed(directory);
            var order = new bpf_prog_attach
            {
                target_fd = (uint)target.Fd,
                attach_bpf_fd = (uint)loaded,
                attach_type = Abi.BPF_CGROUP_DEVICE,
                attach_flags = Abi.BPF_F_ALLOW_MULTI,
            };
            if (LibC.syscall((int)Abi.SYS_bpf, Abi.BPF_PROG_ATTACH, (nint)(&order), sizeof(bpf_prog_attach), 0, 0, 0) != 0)
            {
                throw LinuxException.FromLastError("bpf attach", Path);
            }
        }
        finally
        {
            _ = LibC.close(loaded);
        }
    }

    private static unsafe int LoadDeviceProgram(ReadOnlySpan<byte> program)
    {
        fixed (byte* instructions = program)
        fixed (byte* license = "Apache"u8) // a u8 literal is followed by a NUL in the file
        {
            var order = new bpf_prog_load
            {
                prog_type = Abi.BPF_PROG_TYPE_CGROUP_DEVICE,
                insn_cnt = (uint)(program.Length / sizeof(bpf_insn)),
                insns = (ulong)instructions,
                license = (ulong)license,
            };
            nint loaded = LibC.syscall((int)Abi.SYS_bpf, Abi.BPF_PROG_LOAD, (nint)(&order), sizeof(bpf_prog_load), 0, 0, 0);
            return loaded >= 0 ? (int)loaded : throw LinuxException.FromLastError("bpf load", "device rules");
        }
    }
}
