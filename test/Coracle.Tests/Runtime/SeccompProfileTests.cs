using System.Text;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.Linux;
using CsCheck;

namespace Coracle.Tests.Runtime;

/// <summary>Profiles in Docker's JSON: what they say, and what is said of those that say nothing sensible.</summary>
public sealed class SeccompProfileTests
{
    private const ulong DefaultCapabilities = 0xA80425FB;
    private const ulong SysAdmin = 1UL << 21;
    private const uint X64 = Abi.AUDIT_ARCH_X86_64;
    private static readonly KernelVersion _kernel = new(6, 1);
    private static readonly SyscallTable _table = new();

    [Theory]
    [InlineData("SCMP_ACT_ALLOW", "", 0x7FFF0000)]
    [InlineData("SCMP_ACT_LOG", "", 0x7FFC0000)]
    [InlineData("SCMP_ACT_ERRNO", "", 0x50001)]
    [InlineData("SCMP_ACT_ERRNO", ",\"errnoRet\":28", 0x5001C)]
    [InlineData("SCMP_ACT_ERRNO", ",\"errnoRet\":0", 0x50000)]
    [InlineData("SCMP_ACT_TRACE", "", 0x7FF00001)]
    [InlineData("SCMP_ACT_TRACE", ",\"errnoRet\":77", 0x7FF0004D)]
    [InlineData("SCMP_ACT_TRAP", "", 0x30000)]
    [InlineData("SCMP_ACT_KILL", "", 0)]
    [InlineData("SCMP_ACT_KILL_THREAD", "", 0)]
    [InlineData("SCMP_ACT_KILL_PROCESS", "", 0x80000000)]
    public void Every_action_is_the_kernels(string action, string more, uint answer)
        => Assert.Equal(answer, Ask($$"""{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":99,"syscalls":[{"names":["mkdir"],"action":"{{action}}"{{more}}}]}""", "mkdir"));

    [Theory]
    [InlineData("SCMP_CMP_EQ", "7", "0", new ulong[] { 7 }, new ulong[] { 6, 8, 0x1_0000_0007 })]
    [InlineData("SCMP_CMP_NE", "7", "0", new ulong[] { 6, 0x1_0000_0007 }, new ulong[] { 7 })]
    [InlineData("SCMP_CMP_LT", "7", "0", new ulong[] { 0, 6 }, new ulong[] { 7, 8, 0x1_0000_0000 })]
    [InlineData("SCMP_CMP_LE", "7", "0", new ulong[] { 0, 7 }, new ulong[] { 8, 0x1_0000_0000 })]
    [InlineData("SCMP_CMP_GE", "7", "0", new ulong[] { 7, 8, 0x1_0000_0000 }, new ulong[] { 6 })]
    [InlineData("SCMP_CMP_GT", "7", "0", new ulong[] { 8, 0x1_0000_0000 }, new ulong[] { 7, 6 })]
    [InlineData("SCMP_CMP_GT", "18446744073709551614", "0", new ulong[] { ulong.MaxValue }, new ulong[] { 7, ulong.MaxValue - 1 })]
    [InlineData("SCMP_CMP_MASKED_EQ", "12", "4", new ulong[] { 4, 5, 20 }, new ulong[] { 8, 12, 0 })]
    [InlineData("SCMP_CMP_MASKED_EQ", "12", "5", new ulong[] { 4, 5, 20 }, new ulong[] { 8, 12, 0 })] // bits of the value outside the mask do not count
    public void Every_comparison_is_libseccomps(string op, string value, string second, ulong[] hold, ulong[] fail)
    {
        string profile = $$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":3,"value":{{value}},"valueTwo":{{second}},"op":"{{op}}"}]}]}""";
        Assert.All(hold, argument => Assert.Equal(0x50001u, Ask(profile, "mkdir", 0, 0, 0, argument)));
        Assert.All(fail, argument => Assert.Equal(BpfMachine.Allow, Ask(profile, "mkdir", 0, 0, 0, argument)));
    }

    [Fact]
    public void Two_conditions_on_different_arguments_must_both_hold_and_on_one_argument_either()
    {
        string profile = """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":2,"op":"SCMP_CMP_EQ"}]}]}""";
        Assert.Equal(0x50001u, Ask(profile, "mkdir", 1, 2));
        Assert.Equal(BpfMachine.Allow, Ask(profile, "mkdir", 1, 3));
        string either = profile.Replace("\"index\":1", "\"index\":0", StringComparison.Ordinal);
        Assert.Equal(0x50001u, Ask(either, "mkdir", 1));
        Assert.Equal(0x50001u, Ask(either, "mkdir", 2));
        Assert.Equal(BpfMachine.Allow, Ask(either, "mkdir", 3));
    }

    [Theory]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"mkdir","action":"SCMP_ACT_ERRNO"}]}""")]
    [InlineData("""{"DEFAULTACTION":"SCMP_ACT_ALLOW","SysCalls":[{"Names":["mkdir"],"Action":"SCMP_ACT_ERRNO","comment":"x"}],"flags":["SECCOMP_FILTER_FLAG_LOG"],"other":{}}""")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["nosuchcall",null,"mkdir"],"action":"SCMP_ACT_ERRNO","args":null,"includes":{},"excludes":null,"comment":""}]}""")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ALLOW"},{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"},{"names":["mkdir"],"action":"SCMP_ACT_KILL"}]}""")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_KILL","args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]},{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}""")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","includes":{"caps":["CAP_CHOWN","CAP_KILL"],"arches":["arm","amd64"],"minKernel":"5.15"},"excludes":{"caps":["CAP_SYS_ADMIN"],"arches":["arm64"],"minKernel":"7.0"}}]}""")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}""")]
    public void Mkdir_fails_by(string profile) => Assert.Equal(0x50001u, Ask(profile, "mkdir"));

    [Theory]
    [InlineData("\"includes\":{\"caps\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]}")]
    [InlineData("\"includes\":{\"caps\":[\"CAP_NOSUCH\"]}")]
    [InlineData("\"includes\":{\"caps\":[\"CHOWN\"]}")]
    [InlineData("\"includes\":{\"arches\":[\"arm64\"]}")]
    [InlineData("\"includes\":{\"minKernel\":\"6.2\"}")]
    [InlineData("\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_CHOWN\"]}")]
    [InlineData("\"excludes\":{\"arches\":[\"amd64\"]}")]
    [InlineData("\"excludes\":{\"minKernel\":\"6.1\"}")]
    public void A_rule_does_not_apply_with(string filter)
        => Assert.Equal(BpfMachine.Allow, Ask("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO",FILTER}]}""".Replace("FILTER", filter, StringComparison.Ordinal), "mkdir"));

    [Theory]
    [InlineData("\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_S390X\"]", true, false)]
    [InlineData("\"architectures\":[\"SCMP_ARCH_X32\"]", false, true)]
    [InlineData("\"archMap\":[{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]}]", true, true)]
    [InlineData("\"archMap\":[{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]}]", false, false)]
    [InlineData("\"archMap\":[]", false, false)]
    public void Older_interfaces_are_open_only_when_named(string architectures, bool x86, bool x32)
    {
        byte[] program = Compile($$"""{"defaultAction":"SCMP_ACT_ALLOW",{{architectures}}}""");
        Assert.Equal(BpfMachine.Allow, BpfMachine.Run(program, X64, 0));
        Assert.Equal(x86 ? BpfMachine.Allow : 0, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 1));
        Assert.Equal(x32 ? BpfMachine.Allow : 0, BpfMachine.Run(program, X64, SyscallTable.X32Bit));
        Assert.Equal(0u, BpfMachine.Run(program, Abi.AUDIT_ARCH_AARCH64, 1));
    }

    [Fact]
    public void Through_an_interface_of_32_bits_only_the_lower_halves_count()
    {
        byte[] program = Compile("""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}""");
        Assert.Equal(0x50001u, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 39, uint.MaxValue));
        Assert.Equal(BpfMachine.Allow, BpfMachine.Run(program, X64, 83, uint.MaxValue));
    }

    [Fact]
    public void What_is_refused_by_name_is_refused_through_the_old_door_too()
    {
        byte[] program = Compile("""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"syscalls":[{"names":["socket","shmat"],"action":"SCMP_ACT_ERRNO"}]}""");
        Assert.Equal(0x50001u, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 359));
        Assert.Equal(0x50001u, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 102, 1));
        Assert.Equal(BpfMachine.Allow, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 102, 2));
        Assert.Equal(0x50001u, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 117, 21));
    }

    [Fact]
    public void Calls_newer_than_the_profile_do_not_exist_unless_it_allows_by_default()
    {
        string profile = """{"defaultAction":"DEFAULT","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["statx"],"action":"SCMP_ACT_ALLOW"}]}""";
        foreach ((string action, uint answer) in ((string, uint)[])[("ERRNO", 0x50026), ("KILL", 0x50026), ("TRAP", 0x50026), ("ALLOW", BpfMachine.Allow), ("LOG", 0x7FFC0000), ("TRACE", 0x7FF00001)])
        {
            Assert.Equal(answer, BpfMachine.Run(Compile(profile.Replace("DEFAULT", "SCMP_ACT_" + action, StringComparison.Ordinal)), X64, 333));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"syscalls":[]}""")]
    public void A_profile_that_says_nothing_filters_nothing(string profile) => Assert.Null(Parse(profile));

    [Theory]
    [InlineData("", "Decoding seccomp profile failed: ")]
    [InlineData("{", "Decoding seccomp profile failed: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW"} trailing""", "Decoding seccomp profile failed: ")]
    [InlineData("[]", "Decoding seccomp profile failed: json: cannot unmarshal array into Go value of type seccomp.Seccomp")]
    [InlineData("\"x\"", "Decoding seccomp profile failed: json: cannot unmarshal string into Go value of type seccomp.Seccomp")]
    [InlineData("""{"defaultAction":5}""", "Decoding seccomp profile failed: json: cannot unmarshal number 5 into Go struct field Seccomp.defaultAction of type string")]
    [InlineData("""{"defaultAction":"\ud800"}""", "Decoding seccomp profile failed: invalid text")]
    [InlineData("""{"defaultAction":"SCMP_ACT_FOO"}""", "string SCMP_ACT_FOO is not a valid action for seccomp")]
    [InlineData("""{"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ALLOW"}]}""", "string  is not a valid action for seccomp")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_FOO"]}""", "string SCMP_ARCH_FOO is not a valid arch for seccomp")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86"}]}""", "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ALLOW"}]}""", "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"]}]}""", "string  is not a valid action for seccomp")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":5000}]}""", "errnoRet of mkdir is 5000, which is no error number (0 to 4094)")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":-1}]}""", "Decoding seccomp profile failed: json: cannot unmarshal number -1 into Go struct field Syscall.errnoRet of type uint")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}""", "SCMP_ACT_NOTIFY is not built in this version of Coracle: it has no listener (listenerPath)")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":9,"op":"SCMP_CMP_EQ"}]}]}""", "error creating seccomp syscall condition for syscall mkdir: syscalls only have up to 6 arguments (9 given)")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":1}]}]}""", "string  is not a valid operator for seccomp")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"op":"SCMP_CMP_EQ","value":18446744073709551616}]}]}""", "Decoding seccomp profile failed: json: cannot unmarshal number 18446744073709551616 into Go struct field Arg.value of type uint64")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[null]}""", "the seccomp profile has null among its \"syscalls\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}}""", "Decoding seccomp profile failed: json: cannot unmarshal object into Go struct field Seccomp.syscalls of type string")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"x.y"}}]}""", "Decoding seccomp profile failed: invalid kernel version: \"x.y\", expected \"<kernel>.<major>\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"5.15.1"}}]}""", "Decoding seccomp profile failed: invalid kernel version: \"5.15.1\", expected \"<kernel>.<major>\"")]
    public void A_mistake_is_named(string profile, string message)
        => Assert.StartsWith(message, Assert.Throws<SeccompProfileException>(() => Parse(profile)).Message, StringComparison.Ordinal);

    [Fact]
    public void Size_calls_and_program_are_bounded()
    {
        Assert.Contains("at most 1048576", Assert.Throws<SeccompProfileException>(() => Parse(new string(' ', (1 << 20) + 1))).Message, StringComparison.Ordinal);
        string many = string.Join(',', Enumerable.Repeat("\"read\"", (16 << 10) + 1));
        Assert.Contains(
            "more than 16384 calls",
            Assert.Throws<SeccompProfileException>(() => Parse($$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[{{many}}],"action":"SCMP_ACT_LOG"}]}""")).Message, StringComparison.Ordinal);
        string names = string.Join(',', Enumerable.Repeat("\"read\"", 3000));
        string either = string.Join(',', Enumerable.Repeat("""{"index":0,"value":1,"op":"SCMP_CMP_EQ"}""", 6));
        Assert.Contains(
            "more than 16384 calls",
            Assert.Throws<SeccompProfileException>(() => Parse($$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[{{names}}],"action":"SCMP_ACT_LOG","args":[{{either}}]}]}""")).Message, StringComparison.Ordinal);
        string rows = string.Join(',', Enumerable.Range(0, 1100).Select(i => $$"""{"names":["read"],"action":"SCMP_ACT_LOG","args":[{"index":0,"value":{{i}},"op":"SCMP_CMP_EQ"}]}"""));
        Assert.Contains(
            "of which the kernel takes 4096",
            Assert.Throws<SeccompProfileException>(() => Compile($$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{{rows}}]}""")).Message, StringComparison.Ordinal);
        Assert.Throws<SeccompProfileException>(() => Parse(new string('[', 100_000)));
    }

    /// <summary>The rows of the table that this engine carries, written as Docker writes them, come to the same answers.</summary>
    [Theory]
    [InlineData(CpuArchitecture.X64, DefaultCapabilities)]
    [InlineData(CpuArchitecture.X64, DefaultCapabilities | SysAdmin)]
    [InlineData(CpuArchitecture.X64, 0)]
    [InlineData(CpuArchitecture.Arm64, ulong.MaxValue)]
    [InlineData(CpuArchitecture.Arm, DefaultCapabilities)]
    public void Dockers_own_profile_in_its_own_words_is_the_built_in_one(CpuArchitecture architecture, ulong capabilities)
    {
        byte[] builtin = SeccompFilter.CompileDefault(capabilities, _kernel, architecture);
        byte[] read = SeccompFilter.Compile(Parse(DockerText.OfDefault())!, capabilities, _kernel, architecture);
        uint[] audits = architecture switch
        {
            CpuArchitecture.X64 => [X64, Abi.AUDIT_ARCH_I386, Abi.AUDIT_ARCH_ARM],
            CpuArchitecture.Arm64 => [Abi.AUDIT_ARCH_AARCH64, Abi.AUDIT_ARCH_ARM, X64],
            _ => [Abi.AUDIT_ARCH_ARM, Abi.AUDIT_ARCH_AARCH64],
        };
        foreach (uint audit in audits)
        {
            for (uint number = 0; number < 700; number++)
            {
                foreach (ulong argument in (ulong[])[0, 1, 8, 37, 38, 39, 40, 41, 0x20000, 0x10000000, 0xFFFFFFFF])
                {
                    Assert.Equal(BpfMachine.Run(builtin, audit, number, argument), BpfMachine.Run(read, audit, number, argument));
                    Assert.Equal(
                        BpfMachine.Run(builtin, audit, SyscallTable.X32Bit | number, argument), BpfMachine.Run(read, audit, SyscallTable.X32Bit | number, argument));
                }
            }
        }
    }

    [Fact]
    public void No_bytes_bring_anything_but_a_profile_or_its_exception()
    {
        byte[] good = Encoding.UTF8.GetBytes(DockerText.OfDefault());
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).Array[1, 6].Sample(
            changes =>
            {
                byte[] bytes = [.. good];
                int length = bytes.Length;
                foreach ((int at, byte value, int cut) in changes)
                {
                    bytes[at] = value;
                    length = cut % 7 == 0 ? Math.Min(length, cut) : length;
                }

                try
                {
                    if (SeccompProfile.Parse(bytes.AsMemory(0, length)) is { } profile)
                    {
                        SeccompFilter.Compile(profile, DefaultCapabilities, _kernel, CpuArchitecture.X64);
                    }
                }
                catch (SeccompProfileException)
                {
                    // The one that is allowed.
                }
            },
            iter: 300);
    }

    private static SeccompProfile? Parse(string profile) => SeccompProfile.Parse(Encoding.UTF8.GetBytes(profile));

    private static byte[] Compile(string profile) => SeccompFilter.Compile(Parse(profile)!, DefaultCapabilities, _kernel, CpuArchitecture.X64);

    private static uint Ask(string profile, string call, params ulong[] arguments)
        => BpfMachine.Run(Compile(profile), X64, (uint)_table.NumberOf(call, SyscallInterface.X64)!.Value, arguments);

    /// <summary>Writes the built-in rows as Docker's JSON.</summary>
    private static class DockerText
    {
        private static readonly string[] _capabilityNames =
        [
            "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
            "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN",
            "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE",
            "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
        ];

        public static string OfDefault() => $$"""
            {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"archMap":[
            {"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},
            {"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]},
            {"architecture":"SCMP_ARCH_ARM","subArchitectures":[]}],
            "syscalls":[{{string.Join(",\n", DefaultProfile.Rows.Select(Row))}}]}
            """;

        private static string Row(ProfileRow row)
        {
            string names = string.Join(',', row.Calls.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(n => $"\"{n}\""));
            string action = row.Errno == Errno.None ? "\"SCMP_ACT_ALLOW\"" : $"\"SCMP_ACT_ERRNO\",\"errnoRet\":{(int)row.Errno}";
            string arguments = row.Condition is { } c ? $$"""{"index":{{c.Index}},"value":{{(c.Test == ArgumentTest.MaskedEqual ? c.Mask : c.Value)}},"valueTwo":{{(c.Test == ArgumentTest.MaskedEqual ? c.Value : 0)}},"op":"SCMP_CMP_{{Op(c.Test)}}"}""" : "";
            string includes = string.Join(',', ((string[])[
                row.Capability == DefaultProfile.Any ? "" : $"\"caps\":[\"CAP_{_capabilityNames[row.Capability]}\"]",
                row.Family switch { CpuFamily.X86 => "\"arches\":[\"amd64\",\"x32\",\"x86\"]", CpuFamily.Arm => "\"arches\":[\"arm\",\"arm64\"]", _ => "" },
                row.FromKernel == default ? "" : $"\"minKernel\":\"{row.FromKernel.Major}.{row.FromKernel.Minor}\"",
            ]).Where(part => part.Length > 0));
            string excludes = row.WithoutCapability == DefaultProfile.Any ? "" : $"\"caps\":[\"CAP_{_capabilityNames[row.WithoutCapability]}\"]";
            return $$$"""{"names":[{{{names}}}],"action":{{{action}}},"args":[{{{arguments}}}],"comment":"","includes":{ {{{includes}}} },"excludes":{ {{{excludes}}} }}""";
        }

        private static string Op(ArgumentTest test) => test switch
        {
            ArgumentTest.Equal => "EQ",
            ArgumentTest.Less => "LT",
            ArgumentTest.Greater => "GT",
            ArgumentTest.MaskedEqual => "MASKED_EQ",
            _ => throw new ArgumentOutOfRangeException(nameof(test)),
        };
    }
}
