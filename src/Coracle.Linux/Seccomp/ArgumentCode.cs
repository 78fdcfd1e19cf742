namespace Coracle.Linux;

/// <summary>Conditions on arguments as code: 64-bit comparisons on a machine of 32-bit words.</summary>
internal static class ArgumentCode
{
    /// <returns>Code that returns the rule's answer when all conditions hold, and else runs off its end.</returns>
    /// <param name="narrow">Through an interface of 32 bits: only the low halves count, as with libseccomp.</param>
    internal static List<sock_filter> Of(SyscallRule rule, bool narrow)
    {
        // From the end: each condition needs to know how far away "does not hold" is.
        var code = new List<sock_filter> { BpfCode.Return(rule.Answer) };
        for (int index = rule.Conditions.Count - 1; index >= 0; index--)
        {
            ArgumentCondition condition = rule.Conditions[index];
            code.InsertRange(0, narrow || condition.IsInt ? LowHalf(condition, code.Count) : Condition(condition, code.Count));
        }

        return code;
    }

    private static sock_filter[] LowHalf(ArgumentCondition condition, int rest)
    {
        uint value = (uint)condition.Value;
        sock_filter load = BpfCode.LoadArgumentLow(condition.Index);
        return condition.Test switch
        {
            ArgumentTest.MaskedEqual => [load, BpfCode.And((uint)condition.Mask), BpfCode.IfEqual(value, 0, rest)],
            ArgumentTest.Equal => [load, BpfCode.IfEqual(value, 0, rest)],
            ArgumentTest.NotEqual => [load, BpfCode.IfEqual(value, rest, 0)],
            ArgumentTest.Greater => [load, BpfCode.IfGreater(value, 0, rest)],
            ArgumentTest.GreaterOrEqual => [load, BpfCode.IfAtLeast(value, 0, rest)],
            ArgumentTest.Less => [load, BpfCode.IfAtLeast(value, rest, 0)],
            ArgumentTest.LessOrEqual => [load, BpfCode.IfGreater(value, rest, 0)],
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition.Test, "no such test"),
        };
    }

    /// <param name="rest">Instructions after this condition's: what is jumped over when it does not hold.</param>
    private static sock_filter[] Condition(ArgumentCondition condition, int rest)
    {
        uint high = (uint)(condition.Value >> 32);
        uint low = (uint)condition.Value;
        sock_filter loadHigh = BpfCode.LoadArgumentHigh(condition.Index);
        sock_filter loadLow = BpfCode.LoadArgumentLow(condition.Index);
        return condition.Test switch
        {
            ArgumentTest.MaskedEqual =>
            [
                loadHigh, BpfCode.And((uint)(condition.Mask >> 32)), BpfCode.IfEqual(high, 0, 3 + rest),
                loadLow, BpfCode.And((uint)condition.Mask), BpfCode.IfEqual(low, 0, rest),
            ],
            ArgumentTest.Equal => [loadHigh, BpfCode.IfEqual(high, 0, 2 + rest), loadLow, BpfCode.IfEqual(low, 0, rest)],
            ArgumentTest.NotEqual => [loadHigh, BpfCode.IfEqual(high, 0, 2), loadLow, BpfCode.IfEqual(low, rest, 0)],

            // High halves decide unless they are equal.
            ArgumentTest.Greater =>
                [loadHigh, BpfCode.IfGreater(high, 3, 0), BpfCode.IfEqual(high, 0, 2 + rest), loadLow, BpfCode.IfGreater(low, 0, rest)],
            ArgumentTest.GreaterOrEqual =>
                [loadHigh, BpfCode.IfGreater(high, 3, 0), BpfCode.IfEqual(high, 0, 2 + rest), loadLow, BpfCode.IfAtLeast(low, 0, rest)],
            ArgumentTest.Less =>
                [loadHigh, BpfCode.IfGreater(high, 3 + rest, 0), BpfCode.IfEqual(high, 0, 2), loadLow, BpfCode.IfAtLeast(low, rest, 0)],
            ArgumentTest.LessOrEqual =>
                [loadHigh, BpfCode.IfGreater(high, 3 + rest, 0), BpfCode.IfEqual(high, 0, 2), loadLow, BpfCode.IfGreater(low, rest, 0)],
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition.Test, "no such test"),
        };
    }
}
