using Coracle.Linux;
using CsCheck;

namespace Coracle.Tests.Linux;

public sealed class SeccompAssemblerTests
{
    private static readonly SyscallAnswer _otherwise = SyscallAnswer.Fail(Errno.EPERM);
    private static readonly SyscallAnswer _unknown = SyscallAnswer.Fail(Errno.ENOSYS);

    [Fact]
    public void Any_set_of_calls_is_answered_call_by_call()
    {
        string[] names = [.. new SyscallTable().Names];
        var table = new SyscallTable();
        Gen.Int[0, names.Length - 1].Array[1, 200].Sample(
            chosen =>
            {
                string[] allowed = [.. chosen.Select(index => names[index]).Distinct()];
                byte[] program = SeccompAssembler.Assemble(
                    [SyscallInterface.X64, SyscallInterface.X86, SyscallInterface.X32],
                    [.. allowed.Select(name => new SyscallRule(name, SyscallAnswer.Allow))], _otherwise, _unknown);
                CheckAll(program, table, allowed, SyscallInterface.X64, Abi.AUDIT_ARCH_X86_64, 0);
                CheckAll(program, table, allowed, SyscallInterface.X32, Abi.AUDIT_ARCH_X86_64, SyscallTable.X32Bit);
                CheckAll(program, table, allowed, SyscallInterface.X86, Abi.AUDIT_ARCH_I386, 0);
            },
            iter: 50);
    }

    [Fact]
    public void Arguments_are_compared_as_64_unsigned_bits()
    {
        ulong[] special = [0, 1, 38, 39, uint.MaxValue - 1UL, uint.MaxValue, 1UL << 32, (1UL << 32) + 1, ulong.MaxValue];
        Gen<ulong> edges = Gen.OneOf(Gen.ULong, Gen.Int[0, special.Length - 1].Select(index => special[index]));
        Gen.Select(Gen.Enum<ArgumentTest>(), edges, edges, edges, Gen.Int[0, 5]).Sample(
            (test, argument, value, mask, index) =>
            {
                byte[] program = SeccompAssembler.Assemble(
                    [SyscallInterface.X64],
                    [
                        new SyscallRule("read", SyscallAnswer.Allow, [new(index, test, value, mask), new(5, ArgumentTest.NotEqual, 77)]),
                        new SyscallRule("read", SyscallAnswer.Fail(Errno.EIO), [new(5, ArgumentTest.Equal, 77)]),
                    ],
                    _otherwise,
                    _unknown);
                ulong[] arguments = new ulong[6];
                arguments[5] = 1;
                arguments[index] = argument;
                bool holds = arguments[5] != 77 && Holds(test, argument, value, mask);
                uint expected = holds ? BpfMachine.Allow : BpfMachine.Fails(arguments[5] == 77 ? Errno.EIO : Errno.EPERM);
                Assert.Equal(expected, BpfMachine.Run(program, Abi.AUDIT_ARCH_X86_64, 0, arguments));
            });
    }

    [Fact]
    public void A_row_without_a_condition_wins()
    {
        byte[] program = SeccompAssembler.Assemble(
            [SyscallInterface.Arm64],
            [new SyscallRule("socket", _otherwise, [new(0, ArgumentTest.Equal, 1)]), new SyscallRule("socket", SyscallAnswer.Allow)],
            _otherwise,
            _unknown);
        Assert.Equal(BpfMachine.Allow, BpfMachine.Run(program, Abi.AUDIT_ARCH_AARCH64, 198, 1));
    }

    [Fact]
    public void Without_x32_its_calls_are_killed_as_other_machines_are()
    {
        byte[] program = SeccompAssembler.Assemble(
            [SyscallInterface.X64], [new SyscallRule("read", SyscallAnswer.Allow)], _otherwise, _unknown);
        Assert.Equal(BpfMachine.Allow, BpfMachine.Run(program, Abi.AUDIT_ARCH_X86_64, 0));
        Assert.Equal(0u, BpfMachine.Run(program, Abi.AUDIT_ARCH_X86_64, SyscallTable.X32Bit)); // as libseccomp: measured
        Assert.Equal(0u, BpfMachine.Run(program, Abi.AUDIT_ARCH_I386, 3));
    }

    private static void CheckAll(byte[] program, SyscallTable table, string[] allowed, SyscallInterface calls, uint architecture, uint origin)
    {
        var numbers = allowed.Select(name => table.NumberOf(name, calls)).OfType<int>().ToHashSet();
        int newest = numbers.Where(number => number < 512).Append(0).Max(); // x32 has forms of its own from 512 on
        int[] own = [.. numbers.Where(number => number >= 512)];
        for (int number = 0; number < 600; number++)
        {
            bool known = number <= newest || (own.Length > 0 && number > own.Min() && number < own.Max());
            uint expected = numbers.Contains(number) ? BpfMachine.Allow : BpfMachine.Fails(known ? Errno.EPERM : Errno.ENOSYS);
            Assert.Equal(expected, BpfMachine.Run(program, architecture, origin + (uint)number));
        }
    }

    private static bool Holds(ArgumentTest test, ulong argument, ulong value, ulong mask) => test switch
    {
        ArgumentTest.Equal => argument == value,
        ArgumentTest.NotEqual => argument != value,
        ArgumentTest.Less => argument < value,
        ArgumentTest.LessOrEqual => argument <= value,
        ArgumentTest.Greater => argument > value,
        ArgumentTest.GreaterOrEqual => argument >= value,
        _ => (argument & mask) == value,
    };
}
