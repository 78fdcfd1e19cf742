using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>
/// Device rules as a BPF program (BPF_PROG_TYPE_CGROUP_DEVICE): cgroup v2 has no devices controller, but asks such a program at each
/// open and mknod. It answers 1 (allowed) when one rule covers all that is asked for, else 0.
/// </summary>
/// <remarks>
/// The context is struct bpf_cgroup_dev_ctx: access_type (access in its upper half, kind in its lower), major, minor. A program may
/// have a million instructions; a rule takes at most nine.
/// </remarks>
public static class DeviceProgram
{
    private const int AccessTypeAt = 0;
    private const int MajorAt = 4;
    private const int MinorAt = 8;

    // Registers.
    private const byte Answer = 0;
    private const byte Context = 1;
    private const byte Kind = 2;
    private const byte Access = 3;
    private const byte Major = 4;
    private const byte Minor = 5;
    private const byte Scratch = 6;

    private const byte JumpUnlessEqual = Abi.BPF_JMP | Abi.BPF_JNE | Abi.BPF_K;

    private const int LowerHalf = 0xFFFF;
    private const int HalfBits = 16;

    /// <param name="rules">As <see cref="DeviceRule"/> spells them.</param>
    /// <returns>Instructions, 8 bytes each, in this machine's byte order.</returns>
    /// <exception cref="LinuxException">EINVAL: a rule that is none.</exception>
    public static byte[] Assemble(IReadOnlyList<string> rules)
    {
        List<bpf_insn> code =
        [
            Load(Kind, AccessTypeAt),
            new() { code = Abi.BPF_ALU64 | Abi.BPF_MOV | Abi.BPF_X, __registers = Pair(Access, Kind) },
            Compute(Abi.BPF_AND, Kind, LowerHalf),
            Compute(Abi.BPF_RSH, Access, HalfBits),
            Load(Major, MajorAt),
            Load(Minor, MinorAt),
        ];
        List<DeviceRule> merged = Merged(rules);
        if (merged.Exists(rule => rule is { Kind: 'a', Major: null, Minor: null, Access: DeviceAccess.All }))
        {
            AddAnswer(code, 1); // the kernel refuses instructions that nothing reaches, and whatever came after this would be such
        }
        else
        {
            merged.ForEach(rule => Add(code, rule));
            AddAnswer(code, 0);
        }

        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(code)).ToArray();
    }

    /// <summary>v1 adds the access of two rules for one device up, so that reading and writing may be allowed on two lines.</summary>
    private static List<DeviceRule> Merged(IReadOnlyList<string> rules)
    {
        List<DeviceRule> merged = [];
        foreach (string text in rules)
        {
            if (!DeviceRule.TryParse(text, out DeviceRule? parsed))
            {
                throw new LinuxException("device rule", text, Errno.EINVAL);
            }

            DeviceRule rule = parsed.Value;
            int same = merged.FindIndex(other => other.Kind == rule.Kind && other.Major == rule.Major && other.Minor == rule.Minor);
            if (same < 0)
            {
                merged.Add(rule);
            }
            else
            {
                merged[same] = merged[same] with { Access = merged[same].Access | rule.Access };
            }
        }

        return merged;
    }

    /// <summary>Each test that fails jumps to the end of the rule.</summary>
    private static void Add(List<bpf_insn> code, DeviceRule rule)
    {
        List<bpf_insn> tests = [];
        if (rule.Kind != 'a')
        {
            tests.Add(UnlessEqual(Kind, rule.Kind == 'b' ? Abi.BPF_DEVCG_DEV_BLOCK : Abi.BPF_DEVCG_DEV_CHAR));
        }

        if (rule.Access != DeviceAccess.All)
        {
            tests.Add(new() { code = Abi.BPF_ALU64 | Abi.BPF_MOV | Abi.BPF_X, __registers = Pair(Scratch, Access) });
            tests.Add(Compute(Abi.BPF_AND, Scratch, ~(int)rule.Access & (int)DeviceAccess.All));
            tests.Add(UnlessEqual(Scratch, 0)); // something is asked for that the rule does not give
        }

        if (rule.Major is { } major)
        {
            tests.Add(UnlessEqual(Major, (int)major));
        }

        if (rule.Minor is { } minor)
        {
            tests.Add(UnlessEqual(Minor, (int)minor));
        }

        const int AnswerLength = 2;
        for (int i = 0; i < tests.Count; i++)
        {
            bpf_insn test = tests[i];
            test.off = (short)(test.code == JumpUnlessEqual ? tests.Count - i - 1 + AnswerLength : 0);
            code.Add(test);
        }

        AddAnswer(code, 1);
    }

    private static void AddAnswer(List<bpf_insn> code, int answer)
    {
        code.Add(new() { code = Abi.BPF_ALU64 | Abi.BPF_MOV | Abi.BPF_K, __registers = Answer, imm = answer });
        code.Add(new() { code = Abi.BPF_JMP | Abi.BPF_EXIT });
    }

    private static bpf_insn Load(byte register, int at)
        => new() { code = (byte)(Abi.BPF_LDX | Abi.BPF_MEM | Abi.BPF_W), __registers = Pair(register, Context), off = (short)at };

    private static bpf_insn Compute(int operation, byte register, int operand)
        => new() { code = (byte)(Abi.BPF_ALU | operation | Abi.BPF_K), __registers = register, imm = operand };

    private static bpf_insn UnlessEqual(byte register, int value)
        => new() { code = JumpUnlessEqual, __registers = register, imm = value };

    /// <summary>Two registers in one byte; every port here is little-endian: the destination is the low half.</summary>
    private static byte Pair(byte destination, byte source) => (byte)(destination | (source << 4));
}
