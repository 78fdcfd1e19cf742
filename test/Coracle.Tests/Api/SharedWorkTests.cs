using Coracle.Api;

namespace Coracle.Tests.Api;

public sealed class SharedWorkTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_while_it_runs_gets_what_it_brings()
    {
        using SemaphoreSlim go = new(0);
        int runs = 0;
        SharedWork<int> work = new(() =>
        {
            int run = Interlocked.Increment(ref runs);
            go.Wait(Cancel);
            return run;
        });

        Task<int>[] together = [work.RunAsync(Cancel), work.RunAsync(Cancel), work.RunAsync(Cancel)];
        go.Release();
        Assert.Equal((int[])[1, 1, 1], await Task.WhenAll(together));
        go.Release();
        Assert.Equal(2, await work.RunAsync(Cancel));
    }

    [Fact]
    public async Task Who_leaves_ends_it_for_nobody_else()
    {
        using SemaphoreSlim go = new(0);
        using CancellationTokenSource impatient = new();
        SharedWork<int> work = new(() =>
        {
            go.Wait(Cancel);
            return 7;
        });
        Task<int> first = work.RunAsync(impatient.Token), second = work.RunAsync(Cancel);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.Release();
        Assert.Equal(7, await second);
    }
}
