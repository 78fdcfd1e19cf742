namespace Coracle.Linux;

/// <param name="Family">Mostly a <see cref="TableFamily"/>.</param>
/// <param name="Handle">Another one for a table that was deleted and made again.</param>
/// <param name="Comment">Empty where there is none, or the kernel keeps none.</param>
public sealed record TableFacts(TableFamily Family, string Name, ulong Handle, string Comment);

/// <param name="References">Its rules, and the jumps to it.</param>
/// <param name="Hook">Null when packets come by a jump only.</param>
/// <param name="Drops">The policy of a base chain.</param>
public sealed record ChainFacts(TableFamily Family, string Table, string Name, ulong Handle, uint References)
{
    public ChainHook? Hook { get; init; }

    public int Priority { get; init; }

    public bool Drops { get; init; }

    /// <summary>filter, nat, route; empty without a hook.</summary>
    public string Type { get; init; } = "";
}

/// <summary>What somebody else's rule does, as far as that decides whether packets get past it.</summary>
/// <param name="Handle">For <see cref="TableBatch.DeleteRule"/>.</param>
public sealed record RuleFacts(TableFamily Family, string Table, string Chain, ulong Handle)
{
    /// <summary>The nft command's comment; that of an iptables rule is another thing, and not read.</summary>
    public string Comment { get; init; } = "";

    /// <summary>Its end; null when it decides nothing, or by a map.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>It refuses with an answer.</summary>
    public bool Rejects { get; init; }

    /// <summary>It lets some packets go on to the next rule.</summary>
    public bool IsConditional { get; init; }
}
