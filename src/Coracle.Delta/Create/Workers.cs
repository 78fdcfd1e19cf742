using System.Runtime.ExceptionServices;

namespace Coracle.Delta;

/// <summary>Independent pieces of work on a few threads; which thread does which must not matter for the result.</summary>
internal static class Workers
{
    /// <param name="tool">What each thread has for itself.</param>
    public static void Run(int pieces, int threads, Func<object> tool, Action<object, int> work, CancellationToken cancellationToken)
    {
        int next = -1;
        ExceptionDispatchInfo? failure = null;
        var running = new Thread[Math.Clamp(threads, 1, pieces) - 1];
        for (int i = 0; i < running.Length; i++)
        {
            running[i] = new Thread(Loop) { IsBackground = true, Name = "delta" };
            running[i].Start();
        }

        Loop();
        foreach (Thread thread in running)
        {
            thread.Join();
        }

        failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();

        void Loop()
        {
            try
            {
                object own = tool();
                for (int i; failure is null && !cancellationToken.IsCancellationRequested && (i = Interlocked.Increment(ref next)) < pieces;)
                {
                    work(own, i);
                }
            }
#pragma warning disable CA1031 // It is thrown again where the work was asked for.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}
