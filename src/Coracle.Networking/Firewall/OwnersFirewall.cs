using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>
/// The owner's own forward rules: found, told about, and where the owner wants it, made to let our bridges pass. Their accept is not
/// ours to give, since every table is asked; so it takes a rule in their chain. One says "from this bridge", one "to it": a rule
/// cannot say "or", it cannot look into another table's set, and a mark on packets would be another's business.
/// </summary>
internal sealed class OwnersFirewall(TableSession session, OwnersRules wish)
{
    /// <summary>The rules of ours are known by it, in nft as in iptables.</summary>
    internal const string Mark = "coracle";

    private readonly LegacyForward _legacy = new(wish);
    private bool _isInvolved;

    /// <summary>Brings the owner's chains to what the bridges need; with none, as they were before us.</summary>
    /// <returns>Warnings.</returns>
    internal IReadOnlyList<string> Apply(string[] bridges)
    {
        List<string> words = [];
        bool wants = wish == OwnersRules.Integrate && bridges.Length > 0;
        foreach (ForwardObstacle obstacle in Obstacles())
        {
            List<RuleFacts> marked = MarkedIn(obstacle);
            if (wants ? !IsComplete(obstacle, marked, bridges) : marked.Count > 0)
            {
                Replace(obstacle, marked, wants ? bridges : []);
            }

            if (bridges.Length > 0)
            {
                words.Add(obstacle.Warning(wants));
            }
        }

        words.AddRange(_legacy.Apply(bridges));
        _isInvolved = wants;
        return words;
    }

    internal bool IsIntact(string[] bridges)
        => !_isInvolved || (Obstacles().TrueForAll(obstacle => IsComplete(obstacle, MarkedIn(obstacle), bridges)) && LegacyForward.IsIntact(bridges));

    private List<ForwardObstacle> Obstacles() => ForwardObstacle.Find(session.Chains(), session.Rules);

    private List<RuleFacts> MarkedIn(ForwardObstacle obstacle)
        => session.Rules(obstacle.Family, obstacle.Table)
            .FindAll(rule => rule.Chain == obstacle.Chain && (rule.Comment == Mark || rule.Comment.StartsWith(Mark + ' ', StringComparison.Ordinal)));

    private static bool IsComplete(ForwardObstacle obstacle, List<RuleFacts> marked, string[] bridges)
        => marked.Select(rule => rule.Comment).SequenceEqual(CommentsFor(obstacle, bridges));

    /// <summary>In the order in which the rules shall stand.</summary>
    private static IEnumerable<string> CommentsFor(ForwardObstacle obstacle, string[] bridges)
    {
        if (obstacle.HasUserChain && bridges.Length > 0)
        {
            yield return Mark;
        }

        foreach (string bridge in bridges)
        {
            yield return $"{Mark} from {bridge}";
            yield return $"{Mark} to {bridge}";
        }
    }

    private void Replace(ForwardObstacle obstacle, List<RuleFacts> marked, string[] bridges)
    {
        var batch = new TableBatch();
        batch.In(obstacle.Family, obstacle.Table);
        foreach (RuleFacts rule in marked)
        {
            batch.DeleteRule(rule.Chain, rule.Handle);
        }

        // Each goes to the top, so the last comes first.
        foreach (string bridge in bridges.Reverse())
        {
            batch.AddRule(obstacle.Chain, $"{Mark} to {bridge}", isFirst: true).Interface(MetaKey.OutputName, bridge).Decide(Verdict.Accept);
            batch.AddRule(obstacle.Chain, $"{Mark} from {bridge}", isFirst: true).Interface(MetaKey.InputName, bridge).Decide(Verdict.Accept);
        }

        if (obstacle.HasUserChain && bridges.Length > 0)
        {
            // What its owner forbids there is forbidden before we accept anything.
            batch.AddRule(obstacle.Chain, Mark, isFirst: true).Decide(Verdict.Jump(ForwardObstacle.UserChain));
        }

        session.Commit(batch);
    }
}
