using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

internal static class TopCommand
{
    private const int LeastWidth = 20;

    public static Command Definition { get; } = new("top", "CONTAINER [ps OPTIONS]", "Display the running processes of a container", [], 1, Command.Any, RunAsync)
    { StopsAtFirstWord = true };

    private static async Task<int> RunAsync(Invocation invocation)
    {
        string options = string.Join(' ', invocation.Words.Where((_, i) => i > 0));
        string target = $"/containers/{Uri.EscapeDataString(invocation.Words[0])}/top" + (options.Length > 0 ? "?ps_args=" + Uri.EscapeDataString(options) : "");
        JsonElement top = await invocation.Engine.GetAsync(target, invocation.CancellationToken);
        StringBuilder text = new();
        AppendLine(text, top.GetProperty("Titles"));
        foreach (JsonElement process in top.GetProperty("Processes").EnumerateArray())
        {
            AppendLine(text, process);
        }

        await invocation.Process.WriteAsync(invocation.Process.Output, Table.Align(text.ToString(), LeastWidth), invocation.CancellationToken);
        return 0;
    }

    private static void AppendLine(StringBuilder text, JsonElement cells)
        => text.AppendJoin('\t', JsonLists.Items(cells, c => c.GetString()!)).Append('\n');
}
