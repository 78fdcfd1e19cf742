namespace Coracle.Dns;

/// <summary>What one sandbox can ask for: the tables of its networks, and what becomes of all other questions.</summary>
/// <param name="tables">In the order in which they are asked.</param>
/// <param name="outside">For names that no table has.</param>
public sealed class SandboxNames(NameTable[] tables, OutsideNames outside)
{
    public OutsideNames Outside { get; } = outside;

    internal ReadOnlySpan<NameTable> Tables => tables;
}

[Flags]
public enum OutsideNames : byte
{
    /// <summary>Asked nowhere: every network of the sandbox is internal, and a question carries data out (CVE-2024-29018).</summary>
    Refused = 0,

    /// <summary>Asked of the sandbox's servers, or of the host's.</summary>
    Forwarded = 1,

    /// <summary>
    /// But not names of one label, which are left to the asker's search domains. Docker does this when the user has set <c>ndots</c>.
    /// </summary>
    OnlyQualified = 2,
}
