using System.Buffers;
using Coracle.Core;
using Coracle.Wire;
using Microsoft.Extensions.Logging;

namespace Coracle.Api;

/// <summary>
/// An answer of progress lines. Until the first line is out a failure is a status like any other; afterwards it is a line of its
/// own, since the 200 has been said. A client that goes away cancels the work.
/// </summary>
internal static class ProgressResponse
{
    public static ApiResponse Of(Func<ProgressLines, CancellationToken, Task> work, ILogger logger) => ApiResponse.Stream(
        "application/json", (output, aborted) => RunAsync(work, output, hasStarted: false, logger, aborted), HeadFlush.WithFirstByte);

    /// <summary>Every failure is a line: the status is 200 whatever happens, as Docker answers a load.</summary>
    public static ApiResponse OfLines(Func<ProgressLines, CancellationToken, Task> work, ILogger logger) => ApiResponse.Stream(
        "application/json", (output, aborted) => RunAsync(work, output, hasStarted: true, logger, aborted), HeadFlush.WithFirstByte);

    private static async Task RunAsync(
        Func<ProgressLines, CancellationToken, Task> work, Stream output, bool hasStarted, ILogger logger, CancellationToken aborted)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        ProgressLines lines = new();
        Task working = WorkAsync(work, lines, stop.Token);
        try
        {
            while (await lines.NextAsync(aborted) is { } batch)
            {
                await output.WriteAsync(Encode(batch), aborted);
                hasStarted = true;
            }
        }
        catch
        {
            // Nobody listens any more. The work undoes itself before the request ends.
            await stop.CancelAsync();
            await working.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }

        await FinishAsync(working, output, hasStarted, logger, aborted);
    }

    private static async Task FinishAsync(Task working, Stream output, bool hasStarted, ILogger logger, CancellationToken aborted)
    {
        try
        {
            await working;
        }
        catch (Exception error) when (hasStarted && !aborted.IsCancellationRequested)
        {
            if (ApiErrors.IsUnexpected(error))
            {
                Log.ProgressFailed(logger, error);
            }

            ArrayBufferWriter<byte> line = new();
            ProgressJson.WriteError(line, error.Message);
            await output.WriteAsync(line.WrittenMemory, aborted);
        }
    }

    private static async Task WorkAsync(Func<ProgressLines, CancellationToken, Task> work, ProgressLines lines, CancellationToken cancellationToken)
    {
        try
        {
            await work(lines, cancellationToken);
        }
        finally
        {
            lines.End();
        }
    }

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<ProgressLine> batch)
    {
        ArrayBufferWriter<byte> output = new();
        foreach (ProgressLine line in batch)
        {
            if (line.IsText)
            {
                ProgressJson.WriteText(output, line.Status);
            }
            else if (line.IsStep)
            {
                ProgressJson.WriteStep(output, line.Status, line.Id, line.Current, line.Total);
            }
            else
            {
                ProgressJson.WriteMessage(output, line.Status, line.Id);
            }
        }

        return output.WrittenMemory;
    }
}
