using System.Text;

namespace Coracle.Cli;

/// <summary>Text onto the process's streams.</summary>
internal static class CliOutput
{
    public static Task SayAsync(this CliProcess process, string line, CancellationToken cancellationToken)
        => process.WriteAsync(process.Output, line + "\n", cancellationToken);

    public static Task ComplainAsync(this CliProcess process, string line, CancellationToken cancellationToken)
        => process.WriteAsync(process.Errors, line + "\n", cancellationToken);

    public static async Task WriteAsync(this CliProcess _, Stream stream, string text, CancellationToken cancellationToken)
        => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
}
