namespace Coracle.E2E;

/// <summary>Waiting for what another process does: asked again and again until it holds, with a deadline.</summary>
/// <remarks>
/// Where there is an event to wait on (a line of output, the end of a process) the tests wait on it. Files in /proc, mounts and
/// cgroups send none: those are asked every few milliseconds.
/// </remarks>
internal static class Deadline
{
    /// <summary>Long enough for a loaded two-core machine; a test that needs it has failed.</summary>
    public static readonly TimeSpan Usual = Patience.For(TimeSpan.FromSeconds(20));

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks until the answer is not null.</summary>
    /// <exception cref="TimeoutException">The deadline passed; the text is <paramref name="what"/> and <paramref name="state"/>.</exception>
    public static async Task<T> UntilAsync<T>(string what, Func<Task<T?>> ask, Func<string> state, TimeSpan? limit = null)
        where T : class
    {
        TimeSpan patience = limit is { } own ? Patience.For(own) : Usual;
        long start = Environment.TickCount64;
        while (true)
        {
            if (await ask() is T answer)
            {
                return answer;
            }

            if (Environment.TickCount64 - start > patience.TotalMilliseconds)
            {
                throw new TimeoutException($"waited {patience.TotalSeconds} s for {what}\n{state()}");
            }

            await Task.Delay(_pause);
        }
    }

    /// <summary>Asks until it is true.</summary>
    public static Task HoldsAsync(string what, Func<bool> ask, Func<string> state, TimeSpan? limit = null)
        => UntilAsync(what, () => Task.FromResult(ask() ? "yes" : null), state, limit);

    /// <summary>Asks until it is true.</summary>
    public static Task HoldsAsync(string what, Func<Task<bool>> ask, Func<string> state, TimeSpan? limit = null)
        => UntilAsync(what, async () => await ask() ? "yes" : null, state, limit);
}
