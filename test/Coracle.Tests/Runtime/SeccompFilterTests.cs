using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.Linux;

namespace Coracle.Tests.Runtime;

/// <summary>The default profile as a program, asked call by call.</summary>
public sealed class SeccompFilterTests
{
    private const ulong DefaultCapabilities = 0xA80425FB;
    private const int SysAdmin = 21;
    private static readonly KernelVersion _kernel = new(6, 1);
    private static readonly SyscallTable _table = new();

    [Theory]
    [InlineData("read", "allow")]
    [InlineData("execve", "allow")]
    [InlineData("ptrace", "allow")]
    [InlineData("memfd_secret", "allow")]
    [InlineData("removexattrat", "allow")]
    [InlineData("mount", "EPERM")]
    [InlineData("unshare", "EPERM")]
    [InlineData("setns", "EPERM")]
    [InlineData("bpf", "EPERM")]
    [InlineData("keyctl", "EPERM")]
    [InlineData("add_key", "EPERM")]
    [InlineData("userfaultfd", "EPERM")]
    [InlineData("io_uring_setup", "EPERM")]
    [InlineData("kexec_load", "EPERM")]
    [InlineData("reboot", "EPERM")]
    [InlineData("swapon", "EPERM")]
    [InlineData("open_by_handle_at", "EPERM")]
    [InlineData("chroot", "allow")]
    [InlineData("clone3", "ENOSYS")]
    [InlineData("open_tree_attr", "ENOSYS")]
    public void With_dockers_capabilities(string call, string answer)
    {
        uint expected = answer == "allow" ? BpfMachine.Allow : BpfMachine.Fails(Enum.Parse<Errno>(answer));
        byte[] x64 = Compile(DefaultCapabilities);
        byte[] arm64 = SeccompFilter.CompileDefault(DefaultCapabilities, _kernel, CpuArchitecture.Arm64);
        byte[] arm = SeccompFilter.CompileDefault(DefaultCapabilities, _kernel, CpuArchitecture.Arm);
        AssertAnswer(expected, x64, call, SyscallInterface.X64, Abi.AUDIT_ARCH_X86_64, 0);
        AssertAnswer(expected, x64, call, SyscallInterface.X32, Abi.AUDIT_ARCH_X86_64, SyscallTable.X32Bit);
        AssertAnswer(expected, x64, call, SyscallInterface.X86, Abi.AUDIT_ARCH_I386, 0);
        AssertAnswer(expected, arm64, call, SyscallInterface.Arm64, Abi.AUDIT_ARCH_AARCH64, 0);
        AssertAnswer(expected, arm64, call, SyscallInterface.Arm, Abi.AUDIT_ARCH_ARM, 0);
        AssertAnswer(expected, arm, call, SyscallInterface.Arm, Abi.AUDIT_ARCH_ARM, 0);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(37, true)]
    [InlineData(38, false)]
    [InlineData(39, true)]
    [InlineData(40, false)]
    [InlineData(41, true)]
    [InlineData(0x1_0000_0001, true)]
    public void Socket_families_but_two(ulong family, bool allowed) => AssertX64(allowed, "socket", family);

    [Theory]
    [InlineData(0, true)]
    [InlineData(8, true)]
    [InlineData(0x20000, true)]
    [InlineData(0x20008, true)]
    [InlineData(0xFFFFFFFF, true)]
    [InlineData(0x40000, false)] // ADDR_NO_RANDOMIZE
    [InlineData(1, false)]
    public void Personalities_that_change_nothing_of_security(ulong personality, bool allowed) => AssertX64(allowed, "personality", personality);

    [Theory]
    [InlineData(0x00000011, true)] // SIGCHLD
    [InlineData(0x003D0F00, true)] // a thread
    [InlineData(0x10000011, false)] // CLONE_NEWUSER
    [InlineData(0x00020011, false)] // CLONE_NEWNS
    [InlineData(0x40000011, false)] // CLONE_NEWNET
    public void Clone_makes_no_namespaces(ulong flags, bool allowed) => AssertX64(allowed, "clone", flags);

    [Fact]
    public void A_capability_opens_its_calls()
    {
        byte[] program = Compile(DefaultCapabilities | 1UL << SysAdmin);
        foreach (string call in (string[])["mount", "umount2", "unshare", "setns", "clone3", "bpf", "sethostname"])
        {
            AssertAnswer(BpfMachine.Allow, program, call, SyscallInterface.X64, Abi.AUDIT_ARCH_X86_64, 0, 0x10000000);
        }

        AssertAnswer(BpfMachine.Allow, program, "clone", SyscallInterface.X64, Abi.AUDIT_ARCH_X86_64, 0, 0x10000000);
        AssertAnswer(BpfMachine.Fails(Errno.EPERM), program, "reboot", SyscallInterface.X64, Abi.AUDIT_ARCH_X86_64, 0);
    }

    [Fact]
    public void Each_machine_has_its_own_calls()
    {
        AssertX64(allowed: true, "arch_prctl", 0);
        AssertX64(allowed: true, "modify_ldt", 0);
        byte[] arm64 = SeccompFilter.CompileDefault(DefaultCapabilities, _kernel, CpuArchitecture.Arm64);
        AssertAnswer(BpfMachine.Allow, arm64, "set_tls", SyscallInterface.Arm, Abi.AUDIT_ARCH_ARM, 0);
        Assert.Equal(0u, BpfMachine.Run(arm64, Abi.AUDIT_ARCH_X86_64, 0)); // no x86 program on ARM
    }

    [Fact]
    public void Before_4_8_a_tracer_could_slip_past_the_filter_so_there_is_none()
        => AssertAnswer(
            BpfMachine.Fails(Errno.EPERM), SeccompFilter.CompileDefault(DefaultCapabilities, new KernelVersion(4, 7), CpuArchitecture.X64),
            "ptrace", SyscallInterface.X64, Abi.AUDIT_ARCH_X86_64, 0);

    [Theory]
    [InlineData(CpuArchitecture.X64)]
    [InlineData(CpuArchitecture.Arm64)]
    [InlineData(CpuArchitecture.Arm)]
    public void Every_call_is_answered_within_few_instructions(CpuArchitecture architecture)
    {
        byte[] program = SeccompFilter.CompileDefault(DefaultCapabilities, _kernel, architecture);
        uint native = architecture switch
        {
            CpuArchitecture.X64 => Abi.AUDIT_ARCH_X86_64,
            CpuArchitecture.Arm64 => Abi.AUDIT_ARCH_AARCH64,
            _ => Abi.AUDIT_ARCH_ARM,
        };
        Assert.InRange(program.Length / 8, 50, 1000); // of 4096; x64 has three interfaces
        for (uint number = 0; number < 600; number++)
        {
            byte[] data = new byte[64];
            BitConverter.TryWriteBytes(data, number);
            BitConverter.TryWriteBytes(data.AsSpan(4), native);
            BpfMachine.Run(program, data, out int steps);
            Assert.InRange(steps, 3, 30);
        }
    }

    [Fact]
    public void Every_name_in_the_profile_is_a_call_of_some_machine()
    {
        string[] foreign = ["riscv_hwprobe", "fstatat64", "sync_file_range2", "swapcontext", "statx"];
        IEnumerable<string> names = DefaultProfile.Rows.SelectMany(row => row.Calls.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.All(names.Except(foreign), name => Assert.Contains(name, _table.Names));
    }

    private static byte[] Compile(ulong capabilities) => SeccompFilter.CompileDefault(capabilities, _kernel, CpuArchitecture.X64);

    private static void AssertX64(bool allowed, string call, ulong argument)
        => AssertAnswer(
            allowed ? BpfMachine.Allow : BpfMachine.Fails(Errno.EPERM), Compile(DefaultCapabilities), call, SyscallInterface.X64,
            Abi.AUDIT_ARCH_X86_64, 0, argument);

    private static void AssertAnswer(
        uint expected, byte[] program, string call, SyscallInterface calls, uint architecture, uint origin, params ulong[] arguments)
    {
        if (_table.NumberOf(call, calls) is { } number)
        {
            Assert.Equal(expected, BpfMachine.Run(program, architecture, origin + (uint)number, arguments));
        }
    }
}
