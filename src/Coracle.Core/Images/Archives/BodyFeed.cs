using Coracle.Registry;

namespace Coracle.Core;

/// <summary>Reads a request's body for work that blocks: the body's socket is asynchronous, the disk is not, a bounded pipe is between them.</summary>
internal static class BodyFeed
{
    /// <param name="work">Runs on a thread of its own for as long as the client sends; gets the body as a stream.</param>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public static async Task<T> RunAsync<T>(Stream body, Func<Stream, CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using HandoffPipe pipe = new();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task feeding = FeedAsync(body, pipe, either.Token);
        Task<T> working = Task.Factory.StartNew(
            () => Work(pipe, work, either.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await working;
        }
        catch (Exception error) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
        finally
        {
            await either.CancelAsync();
            await feeding;
        }
    }

    private static T Work<T>(HandoffPipe pipe, Func<Stream, CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using HandoffStream body = new(pipe);
        return work(body, cancellationToken);
    }

    /// <summary>Never throws: whatever ends the body early is the reader's to know.</summary>
    private static async Task FeedAsync(Stream body, HandoffPipe pipe, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                int read = await body.ReadAsync(await pipe.RoomAsync(cancellationToken), cancellationToken);
                if (read == 0)
                {
                    pipe.Complete();
                    return;
                }

                pipe.Advance(read);
            }
        }
        catch (Exception error)
        {
            pipe.Complete(error);
        }
    }
}
