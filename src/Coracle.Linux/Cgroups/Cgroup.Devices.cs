namespace Coracle.Linux;

// Device rules of cgroup v2.
public sealed partial class Cgroup
{
    /// <summary>The limit is the whole process's: two who raise it at once would load after it fell, or leave it raised for ever.</summary>
    private static readonly Lock _lockedMemory = new();

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

    /// <summary>Before Linux 5.11 a program counts as locked memory of its user, of whom a service may have as little as 64 KiB.</summary>
    private static unsafe int LoadDeviceProgram(ReadOnlySpan<byte> program)
    {
        nint loaded = TryLoad(program);
        if (loaded < 0 && LinuxException.LastErrno == Errno.EPERM)
        {
            lock (_lockedMemory)
            {
                loaded = TryLoadUnlimited(program);
            }
        }

        return loaded >= 0 ? (int)loaded : throw LinuxException.FromLastError("bpf load", "device rules");
    }

    private static unsafe nint TryLoadUnlimited(ReadOnlySpan<byte> program)
    {
        var unlimited = new rlimit64 { rlim_cur = ulong.MaxValue, rlim_max = ulong.MaxValue };
        rlimit64 before;
        if (ChildCalls.prlimit64(0, Abi.RLIMIT_MEMLOCK, &unlimited, &before) != 0)
        {
            return -1;
        }

        nint loaded = TryLoad(program);
        int errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        _ = ChildCalls.prlimit64(0, Abi.RLIMIT_MEMLOCK, &before, null); // what is started meanwhile inherits it; nobody else does
        System.Runtime.InteropServices.Marshal.SetLastPInvokeError(errno);
        return loaded;
    }

    private static unsafe nint TryLoad(ReadOnlySpan<byte> program)
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
            return LibC.syscall((int)Abi.SYS_bpf, Abi.BPF_PROG_LOAD, (nint)(&order), sizeof(bpf_prog_load), 0, 0, 0);
        }
    }
}
