using System.Text.Json;

namespace Coracle.Cli;

/// <summary>
/// What the engine tells of a pull, a load or an import as it goes: on a terminal one line per layer that is drawn over,
/// elsewhere each step once, as Docker's client prints it.
/// </summary>
internal sealed class ProgressOutput(CliProcess process, Stream output, bool isTerminal)
{
    private readonly ProgressScreen _screen = new(process.Time);

    /// <exception cref="CliException">The engine told of a failure in the stream.</exception>
    public async Task ShowAsync(EngineAnswer answer, bool isQuiet, CancellationToken cancellationToken)
    {
        await foreach (JsonElement json in JsonLines.ReadAsync(answer.Response.Body, cancellationToken))
        {
            ProgressMessage message = ProgressMessage.Read(json);
            if (message.Error is string error)
            {
                throw new CliException(error);
            }

            string text = isQuiet || message.IsSilent ? "" : isTerminal ? _screen.Draw(message) : Plain(message);
            if (text.Length > 0)
            {
                await process.WriteAsync(output, text, cancellationToken);
            }
        }
    }

    private static string Plain(ProgressMessage message) => message.HasBar ? "" : message.Line;
}
