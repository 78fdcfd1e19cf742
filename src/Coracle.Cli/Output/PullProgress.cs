using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>A pull as it goes: on a terminal one line per layer that is written over, elsewhere each step once.</summary>
internal sealed class PullProgress(CliProcess process, Stream output, bool isTerminal)
{
    private readonly List<string> _layers = [];

    /// <exception cref="CliException">The engine told of a failure in the stream.</exception>
    public async Task ShowAsync(EngineAnswer answer, bool isQuiet, CancellationToken cancellationToken)
    {
        await foreach (JsonElement message in JsonLines.ReadAsync(answer.Response.Body, cancellationToken))
        {
            if (Text(message, "error") is string error)
            {
                throw new CliException(error);
            }

            if (!isQuiet)
            {
                await process.WriteAsync(output, Line(message), cancellationToken);
            }
        }
    }

    private string Line(JsonElement message)
    {
        string status = Text(message, "status") ?? "";
        string? id = Text(message, "id");
        string? bar = Text(message, "progress");
        if (id is null)
        {
            return status + "\n";
        }

        if (!isTerminal)
        {
            return string.IsNullOrEmpty(bar) ? $"{id}: {status}\n" : "";
        }

        return Placed(id, $"{id}: {status} {bar}".TrimEnd());
    }

    /// <summary>Up to the layer's own line, clear it, write, and down again.</summary>
    private string Placed(string id, string text)
    {
        int line = _layers.IndexOf(id);
        if (line < 0)
        {
            _layers.Add(id);
            return text + "\n";
        }

        int up = _layers.Count - line;
        return new StringBuilder().Append($"\e[{up}A\e[2K\r").Append(text).Append($"\r\e[{up}B").ToString();
    }

    private static string? Text(JsonElement message, string name)
        => message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
