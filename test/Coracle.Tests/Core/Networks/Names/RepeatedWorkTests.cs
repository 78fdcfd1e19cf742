using Coracle.Core;

namespace Coracle.Tests.Core;

public sealed class RepeatedWorkTests
{
    [Fact]
    public async Task Whoever_asks_waits_for_work_that_began_after_the_question()
    {
        int state = 0, done = 0, seen = 0;
        RepeatedWork work = new(async () =>
        {
            int read = Volatile.Read(ref state);
            await Task.Yield();
            Interlocked.Increment(ref done);
            seen = read;
        });
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                int own = Interlocked.Increment(ref state);
                await work.DoAsync();
                Assert.True(Volatile.Read(ref seen) >= own);
            }
        })));
        Assert.InRange(done, 1, 10_000);
    }

    [Fact]
    public async Task A_failure_is_for_those_who_asked_for_that_work()
    {
        bool fails = true;
        RepeatedWork work = new(() => fails ? throw new IOException("once") : Task.CompletedTask);
        await Assert.ThrowsAsync<IOException>(work.DoAsync);
        fails = false;
        await work.DoAsync();
    }
}
