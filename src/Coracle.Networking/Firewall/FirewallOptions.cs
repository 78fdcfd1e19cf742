namespace Coracle.Networking;

/// <summary>What to do about forward rules of the owner that drop our packets.</summary>
public enum OwnersRules
{
    /// <summary>Say so and leave them.</summary>
    Warn,

    /// <summary>Put marked rules before them that let our bridges pass, and take those away with the last network.</summary>
    Integrate,
}

/// <param name="WantsIptables">Use the iptables program even where nf_tables would do.</param>
public sealed record FirewallOptions(OwnersRules Owners = OwnersRules.Warn, bool WantsIptables = false);
