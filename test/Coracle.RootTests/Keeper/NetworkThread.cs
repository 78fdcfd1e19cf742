using System.Collections.Concurrent;
using System.Diagnostics;
using Coracle.Linux;

namespace Coracle.RootTests.Keeper;

/// <summary>A thread in a network namespace of its own, with loopback up: what is made on it (sockets, processes) stays there.</summary>
internal sealed class NetworkThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public NetworkThread()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "network" };
        _thread.Start();
        Do(() =>
        {
            using Process up = Process.Start("ip", ["link", "set", "lo", "up"]);
            up.WaitForExit();
            Assert.Equal(0, up.ExitCode);
            return 0;
        });
    }

    public T Do<T>(Func<T> work) => DoAsync(work).GetAwaiter().GetResult();

    public Task<T> DoAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        using NamespaceVisit visit = new();
        visit.Unshare(NamespaceKinds.Network);
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
