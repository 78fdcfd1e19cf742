using System.Runtime.InteropServices;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>Programs are run here by an interpreter of the few instructions they are made of; in the kernel, by DeviceProgramInKernelTests.</summary>
public sealed class DeviceProgramTests
{
    private const int Make = 1;
    private const int Read = 2;
    private const int Write = 4;

    [Fact]
    public void Without_a_rule_nothing_is_allowed()
        => Assert.Equal(
            [
                0x61, 0x12, 0, 0, 0, 0, 0, 0, // r2 = context.access_type
                0xBF, 0x23, 0, 0, 0, 0, 0, 0, // r3 = r2
                0x54, 0x02, 0, 0, 0xFF, 0xFF, 0, 0, // r2 &= 0xFFFF: the kind
                0x74, 0x03, 0, 0, 16, 0, 0, 0, // r3 >>= 16: the access
                0x61, 0x14, 4, 0, 0, 0, 0, 0, // r4 = context.major
                0x61, 0x15, 8, 0, 0, 0, 0, 0, // r5 = context.minor
                0xB7, 0x00, 0, 0, 0, 0, 0, 0, // r0 = 0
                0x95, 0x00, 0, 0, 0, 0, 0, 0, // exit
            ],
            DeviceProgram.Assemble([]));

    [Fact]
    public void A_rule_is_its_tests_and_an_answer()
        => Assert.Equal(
            [
                0x55, 0x02, 7, 0, 2, 0, 0, 0, // if r2 != a character device, over the rule
                0xBF, 0x36, 0, 0, 0, 0, 0, 0, // r6 = r3
                0x54, 0x06, 0, 0, 5, 0, 0, 0, // r6 &= write | mknod: what the rule does not give
                0x55, 0x06, 4, 0, 0, 0, 0, 0,
                0x55, 0x04, 3, 0, 10, 0, 0, 0,
                0x55, 0x05, 2, 0, 200, 0, 0, 0,
                0xB7, 0x00, 0, 0, 1, 0, 0, 0,
                0x95, 0x00, 0, 0, 0, 0, 0, 0,
            ],
            DeviceProgram.Assemble(["c 10:200 r"])[(6 * 8)..^(2 * 8)]);

    [Theory]
    [InlineData('c', 1, 3, Read | Write, true)]
    [InlineData('c', 1, 3, Make, true)]
    [InlineData('b', 1, 3, Read, false)]
    [InlineData('c', 1, 4, Read, false)]
    [InlineData('c', 2, 3, Read, false)]
    [InlineData('c', 136, 77, Read | Write, true)]
    [InlineData('b', 8, 0, Make, true)]
    [InlineData('b', 8, 0, Make | Read, false)]
    [InlineData('b', 8, 1, Read, true)]
    [InlineData('b', 8, 1, Write, false)]
    [InlineData('c', 10, 200, Read | Write, true)] // from two lines
    [InlineData('c', 10, 229, Read, false)]
    public void What_one_rule_gives_whole_is_allowed(char kind, int major, int minor, int access, bool allowed)
        => Assert.Equal(
            allowed,
            Allows(["c *:* m", "b *:* m", "c 1:3 rwm", "c 136:* rwm", "b *:1 r", "c 10:200 r", "c 10:200 w"], kind, major, minor, access));

    [Fact]
    public void Nothing_follows_an_answer_that_is_always_given() // the kernel's verifier refuses dead instructions
        => Assert.Equal(DeviceProgram.Assemble(["a *:* rwm"]), DeviceProgram.Assemble(["c 1:3 r", "a *:* rw", "a *:* m", "b 7:* rwm"]));

    [Fact]
    public void All_is_all()
    {
        Assert.True(Allows(["a *:* rwm"], 'b', 259, 1_048_575, Read | Write | Make));
        Assert.True(Allows(["a 7:1 rw"], 'b', 7, 1, Read | Write));
        Assert.True(Allows(["a 7:1 rw"], 'c', 7, 1, Read));
        Assert.False(Allows(["a 7:1 rw"], 'c', 7, 1, Make));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c 1:3")]
    [InlineData("c 1:3 ")]
    [InlineData("c 1:3 rwmm")]
    [InlineData("c 1:3 x")]
    [InlineData("d 1:3 r")]
    [InlineData("c 1 r")]
    [InlineData("c -1:3 r")]
    [InlineData("c 1:3:4 r")]
    [InlineData("c 4294967296:3 r")]
    [InlineData("c  1:3 r")]
    public void What_is_no_rule_is_refused(string text)
    {
        Assert.False(DeviceRule.TryParse(text, out _));
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => DeviceProgram.Assemble([text])).Errno);
    }

    [Theory]
    [InlineData("a *:* rwm")]
    [InlineData("c 1:* m")]
    [InlineData("b *:16 rw")]
    public void A_rule_is_written_as_it_was_read(string text)
    {
        Assert.True(DeviceRule.TryParse(text, out DeviceRule? rule));
        Assert.Equal(text, rule.Value.ToString());
    }

    private static bool Allows(string[] rules, char kind, int major, int minor, int access)
    {
        ReadOnlySpan<bpf_insn> code = MemoryMarshal.Cast<byte, bpf_insn>(DeviceProgram.Assemble(rules));
        int[] context = [(access << 16) | (kind == 'b' ? 1 : 2), major, minor];
        ulong[] registers = new ulong[11];
        for (int at = 0; ; at++)
        {
            bpf_insn next = code[at];
            ref ulong target = ref registers[next.__registers & 15];
            ulong source = registers[next.__registers >> 4];
            switch (next.code)
            {
                case 0x61:
                    Assert.Equal(1, next.__registers >> 4);
                    target = (uint)context[next.off / 4];
                    break;
                case 0xBF:
                    target = source;
                    break;
                case 0xB7:
                    target = (ulong)next.imm;
                    break;
                case 0x54:
                    target = (uint)target & (uint)next.imm;
                    break;
                case 0x74:
                    target = (uint)target >> next.imm;
                    break;
                case 0x55:
                    at += target != (ulong)next.imm ? next.off : 0;
                    break;
                case 0x95:
                    return registers[0] == 1;
                default:
                    Assert.Fail($"unknown instruction {next.code:X2}");
                    break;
            }
        }
    }
}
