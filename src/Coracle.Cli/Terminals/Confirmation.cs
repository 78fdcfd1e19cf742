namespace Coracle.Cli;

/// <summary>Asks the person before something is lost.</summary>
internal static class Confirmation
{
    /// <summary>Far more than an answer: a pipe that never ends a line is a no.</summary>
    private const int MaxAnswerBytes = 64;

    /// <param name="question">Without the choice, which is added.</param>
    /// <returns>True for y; anything else, or no answer at all, is no.</returns>
    public static async Task<bool> AskAsync(Invocation invocation, string question)
    {
        CliProcess process = invocation.Process;
        await process.WriteAsync(process.Output, question + " [y/N] ", invocation.CancellationToken);
        byte[] answer = new byte[MaxAnswerBytes];
        int count = 0;
        while (count < answer.Length && await process.Input.ReadAsync(answer.AsMemory(count, 1), invocation.CancellationToken) == 1 && answer[count] != '\n')
        {
            count++;
        }

        return answer.AsSpan(0, count).Trim(" \r"u8) is [(byte)'y' or (byte)'Y'];
    }
}
