namespace Coracle.Networking;

/// <summary>Every subnet that a network of ours has: none overlaps another, and one that nobody named overlaps no route of the host either.</summary>
/// <remarks>Not thread-safe: whoever keeps the networks guards it.</remarks>
public sealed class SubnetSpace
{
    private readonly List<Subnet> _used = [];
    private readonly List<SubnetBase> _bases;

    /// <param name="bases">Of both families; sorted here, and one that lies in another is left out, as Docker does.</param>
    public SubnetSpace(IEnumerable<SubnetBase> bases)
    {
        List<SubnetBase> sorted = [.. bases];
        sorted.Sort((one, other) => Subnet.Compare(one.Block, other.Block));
        _bases = [];
        foreach (SubnetBase candidate in sorted)
        {
            if (!_bases.Exists(kept => kept.Block.Overlaps(candidate.Block)))
            {
                _bases.Add(candidate);
            }
        }
    }

    /// <summary>The first one that is free, and takes it.</summary>
    /// <param name="routes">Where the host sends packets; its default route is none of them.</param>
    /// <returns>Null when every base is cut up.</returns>
    public Subnet? Choose(bool isIPv6, IReadOnlyList<Subnet> routes)
    {
        foreach (SubnetBase candidates in _bases)
        {
            if (candidates.Block.IsIPv6 == isIPv6 && FirstFree(candidates, routes) is { } free)
            {
                _used.Add(free);
                return free;
            }
        }

        return null;
    }

    /// <summary>Takes the one that somebody named.</summary>
    /// <returns>False when it overlaps one that a network has.</returns>
    public bool TryTake(Subnet subnet)
    {
        if (!IsFree(subnet))
        {
            return false;
        }

        _used.Add(subnet);
        return true;
    }

    public bool IsFree(Subnet subnet) => !_used.Exists(used => used.Overlaps(subnet));

    public void Release(Subnet subnet) => _used.Remove(subnet);

    /// <summary>Walks from one obstacle to behind it, so that a /8 of /24s costs no more steps than there are obstacles.</summary>
    private Subnet? FirstFree(SubnetBase candidates, IReadOnlyList<Subnet> routes)
    {
        UInt128 next = candidates.Block.First;
        while (next <= candidates.Block.Last)
        {
            Subnet candidate = Subnet.Around(next, candidates.Size, candidates.Block.IsIPv6);
            if (Obstacle(candidate, routes) is not { } obstacle)
            {
                return candidate;
            }

            // Of a large obstacle behind it, of a small one behind the candidate that it spoils.
            UInt128 last = UInt128.Max(obstacle.Last, candidate.Last);
            if (last == UInt128.MaxValue)
            {
                return null;
            }

            next = last + 1;
        }

        return null;
    }

    private Subnet? Obstacle(Subnet candidate, IReadOnlyList<Subnet> routes)
    {
        foreach (Subnet used in _used)
        {
            if (used.Overlaps(candidate))
            {
                return used;
            }
        }

        foreach (Subnet route in routes)
        {
            if (route.Length > 0 && route.Overlaps(candidate))
            {
                return route;
            }
        }

        return null;
    }
}
