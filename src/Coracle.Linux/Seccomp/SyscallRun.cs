namespace Coracle.Linux;

/// <summary>Neighbouring call numbers with one answer: from <paramref name="First"/> up to the next run.</summary>
internal readonly record struct SyscallRun(uint First, SyscallLeaf Leaf)
{
    /// <summary>
    /// From here on x32 has the calls that it needs in a form of its own, and far above ARM has set_tls and its like: they say nothing about
    /// how new the known ones are. No kernel has had 512 calls so far.
    /// </summary>
    private const int PrivateCalls = 512;

    /// <summary>The whole number space of one interface (for x32: from its bit on), in order.</summary>
    internal static List<SyscallRun> Of(
        SyscallInterface calls, SyscallTable table, IReadOnlyList<SyscallRule> rules, SyscallAnswer otherwise, SyscallAnswer? unknown)
    {
        uint origin = calls == SyscallInterface.X32 ? SyscallTable.X32Bit : 0;
        SortedDictionary<uint, SyscallLeaf> leaves = Leaves(calls, table, rules, otherwise, origin, out uint newest);
        var runs = new List<SyscallRun>();
        uint next = origin;
        foreach ((uint number, SyscallLeaf leaf) in leaves)
        {
            if (number > next)
            {
                AddGap(runs, next, number, newest, otherwise, unknown ?? otherwise);
            }

            Add(runs, number, leaf);
            next = number + 1;
        }

        AddGap(runs, next, uint.MaxValue, newest, otherwise, unknown ?? otherwise);
        return runs;
    }

    private static SortedDictionary<uint, SyscallLeaf> Leaves(
        SyscallInterface calls, SyscallTable table, IReadOnlyList<SyscallRule> rules, SyscallAnswer otherwise, uint origin, out uint newest)
    {
        var leaves = new SortedDictionary<uint, SyscallLeaf>();
        bool narrow = calls is SyscallInterface.X32 or SyscallInterface.X86 or SyscallInterface.Arm;
        newest = origin;
        foreach (SyscallRule rule in rules)
        {
            if (table.NumberOf(rule.Call, calls) is not { } number)
            {
                continue;
            }

            uint key = origin + (uint)number;
            if (!leaves.TryGetValue(key, out SyscallLeaf? leaf))
            {
                leaves.Add(key, leaf = new SyscallLeaf(otherwise, narrow));
            }

            leaf.Add(rule);
            newest = number < PrivateCalls ? Math.Max(newest, key) : newest;
        }

        return leaves;
    }

    /// <summary>Numbers from <paramref name="first"/> that no rule names: known and not allowed up to the newest or between private ones, else unknown.</summary>
    private static void AddGap(List<SyscallRun> runs, uint first, uint end, uint newest, SyscallAnswer otherwise, SyscallAnswer unknown)
    {
        bool amongPrivate = (first & ~SyscallTable.X32Bit) > PrivateCalls && end != uint.MaxValue;
        if (first <= newest || amongPrivate)
        {
            Add(runs, first, new SyscallLeaf(otherwise, narrow: false));
        }

        if (end > newest + 1 && !amongPrivate)
        {
            Add(runs, Math.Max(first, newest + 1), new SyscallLeaf(unknown, narrow: false));
        }
    }

    private static void Add(List<SyscallRun> runs, uint first, SyscallLeaf leaf)
    {
        if (runs.Count == 0 || !runs[^1].Leaf.IsSameAs(leaf))
        {
            runs.Add(new SyscallRun(first, leaf));
        }
    }
}

/// <summary>What is answered for one call number.</summary>
/// <param name="otherwise">When no condition holds.</param>
/// <param name="narrow">Arguments have 32 bits.</param>
internal sealed class SyscallLeaf(SyscallAnswer otherwise, bool narrow)
{
    private readonly List<SyscallRule> _conditional = [];
    private readonly SyscallAnswer _otherwise = otherwise;
    private SyscallAnswer _answer = otherwise;
    private bool _settled;

    internal void Add(SyscallRule rule)
    {
        if (rule.Answer == _otherwise)
        {
            return;
        }

        if (rule.Conditions.Count > 0)
        {
            _conditional.Add(rule);
        }
        else if (!_settled)
        {
            (_answer, _settled) = (rule.Answer, true);
        }
    }

    internal bool IsSameAs(SyscallLeaf other) => IsPlain && other.IsPlain && _answer == other._answer;

    internal List<sock_filter> Assemble()
    {
        var code = new List<sock_filter>();
        if (!IsPlain)
        {
            foreach (SyscallRule rule in _conditional)
            {
                code.AddRange(ArgumentCode.Of(rule, narrow));
            }
        }

        code.Add(BpfCode.Return(_answer));
        return code;
    }

    private bool IsPlain => _settled || _conditional.Count == 0;
}
