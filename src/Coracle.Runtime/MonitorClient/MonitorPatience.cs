namespace Coracle.Runtime;

/// <summary>How long a monitor may take for an answer. One that runs takes milliseconds, so these are for one that does not.</summary>
internal static class MonitorPatience
{
    /// <summary>For what changes or tells a few bytes; also for its greeting.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(10);

    /// <summary>Its loop mounts and executes by itself, and waits there for the disks of the image and of the volumes.</summary>
    private static readonly TimeSpan _launch = TimeSpan.FromMinutes(2);

    public static TimeSpan For(MonitorOperation operation) => operation switch
    {
        MonitorOperation.Wait or MonitorOperation.ExecWait => Timeout.InfiniteTimeSpan,
        MonitorOperation.Create or MonitorOperation.Start => _launch,
        _ => Usual,
    };

    /// <summary>Whether its loop goes on while it works on this: then it answers other questions meanwhile, and may take its time.</summary>
    public static bool IsBeside(MonitorOperation operation) => operation is MonitorOperation.ExecCreate or MonitorOperation.ExecStart;

    /// <exception cref="MonitorSilentException">The time was over first; the work goes on unwatched.</exception>
    public static async Task<T> LimitAsync<T>(Task<T> work, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await work.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException late) when (late is not MonitorSilentException)
        {
            throw new MonitorSilentException(limit);
        }
    }
}
