namespace Coracle.Core;

/// <summary>A container as an earlier engine left it on disk.</summary>
/// <param name="Saved">What survives the power.</param>
/// <param name="Newest">With what an engine of this boot noted of its life since.</param>
/// <param name="BeforeStart">
/// Its life before the start that <paramref name="Saved"/> speaks of, if that start was of this boot and never got as far as a process.
/// </param>
/// <param name="StartNoted">
/// The run that <paramref name="Newest"/> speaks of got as far as a process in this boot, and its end was told to nobody.
/// </param>
public sealed record LoadedContainer(ContainerRecord Saved, ContainerRecord Newest, ContainerRecord? BeforeStart, bool StartNoted)
{
    /// <param name="noted">Null when no engine of this boot noted anything.</param>
    internal static LoadedContainer Of(ContainerRecord saved, ContainerRecord? noted)
        => noted is null ? new LoadedContainer(saved, saved, null, StartNoted: false)
            : IsNewer(noted, saved) ? new LoadedContainer(saved, Agreed(noted), null, IsRun(noted))
            : IsBeforeStart(noted, saved)
                ? new LoadedContainer(saved, Agreed(saved with { Sandbox = noted.Sandbox }), noted with { Sandbox = null }, StartNoted: false)
            : new LoadedContainer(saved, saved, null, StartNoted: false);

    /// <summary>
    /// Networks are in the record, the endpoints on them in the note: an engine that was killed between the two had not connected a container, or
    /// had disconnected it, and what hangs on the other one's word is taken away by the sweep.
    /// </summary>
    private static ContainerRecord Agreed(ContainerRecord record)
    {
        if (record.Sandbox is not { } sandbox)
        {
            return record;
        }

        SandboxState agreed = sandbox.Copy();
        agreed.Endpoints = [.. agreed.Endpoints.Where(endpoint => record.Networks.Any(membership => IsOf(membership, endpoint)))];
        return record with
        {
            Sandbox = agreed,

            // With --bridge none there is a membership without an endpoint.
            Networks = [.. record.Networks.Where(membership => membership.Network == NetworkNames.Bridge || agreed.Endpoints.Any(endpoint => IsOf(membership, endpoint)))],
        };
    }

    /// <summary>One that was named by an id, or its beginning, is in the record like that until it is saved again.</summary>
    private static bool IsOf(NetworkMembership membership, GivenEndpoint endpoint)
        => membership.Network == endpoint.Network || endpoint.NetworkId.StartsWith(membership.Network, StringComparison.Ordinal);

    // A note is about the same run as the record, a later one (the policy restarted it), or the one before a start that somebody asked for.
    private static bool IsNewer(ContainerRecord noted, ContainerRecord saved)
        => noted.StartedAt is not null
            && (saved.StartedAt is null || Order(noted, saved) > 0 || (Order(noted, saved) == 0 && saved.FinishedAt is null));

    private static bool IsBeforeStart(ContainerRecord noted, ContainerRecord saved)
        => IsRun(saved) && (noted.StartedAt is null || Order(noted, saved) < 0);

    /// <summary>By the number of the run. By its start where one of them has no number: a clock that was set back belies that.</summary>
    private static int Order(ContainerRecord noted, ContainerRecord saved)
        => noted.Run > 0 && saved.Run > 0 ? noted.Run.CompareTo(saved.Run)
            : IsRun(noted) && IsRun(saved) ? 0 // the one before a start has ended, so the note is not of that
            : Nullable.Compare(noted.StartedAt, saved.StartedAt);

    private static bool IsRun(ContainerRecord record) => record is { StartedAt: not null, FinishedAt: null };
}
