using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>A stream of JSON objects, one per line: progress, events.</summary>
internal static class JsonLines
{
    private const int MaxLineChars = 1 << 20;

    public static async IAsyncEnumerable<JsonElement> ReadAsync(
        Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using StreamReader reader = new(stream, Encoding.UTF8, false, 4096, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken) is string line)
        {
            if (line.Length > MaxLineChars)
            {
                throw new CliException("the engine sent a line without end");
            }

            if (line.Length == 0)
            {
                continue;
            }

            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }
}
