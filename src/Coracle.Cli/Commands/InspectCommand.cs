using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

internal static class InspectCommand
{
    public static Command Definition { get; } = new("inspect", "[OPTIONS] NAME|ID [NAME|ID...]", "Return low-level information on containers and images",
    [
        Option.Value("format", "Format output using a Go template: fields and json", 'f'),
        Option.Value("type", "Only inspect objects of the given type: container, image"),
    ], 1, Command.Any, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        List<JsonElement> found = [];
        int exitCode = 0;
        foreach (string name in invocation.Words)
        {
            JsonElement? one = await FindAsync(invocation, name);
            if (one is JsonElement known)
            {
                found.Add(known);
                continue;
            }

            await invocation.Process.ComplainAsync($"Error: No such {invocation.Arguments.Value("type") ?? "object"}: {name}", invocation.CancellationToken);
            exitCode = 1;
        }

        if (invocation.Arguments.Value("format") is not string format)
        {
            await invocation.SayAsync(Indented(found));
            return exitCode;
        }

        foreach (JsonElement one in found)
        {
            await invocation.SayAsync(Template.Apply(format, one));
        }

        return exitCode;
    }

    private static async Task<JsonElement?> FindAsync(Invocation invocation, string name)
    {
        string[] kinds = invocation.Arguments.Value("type") switch
        {
            "container" => ["containers"],
            "image" => ["images"],
            null or "" => ["containers", "images"],
            string other => throw new CliException($"\"{other}\" is not a valid value for --type"),
        };
        foreach (string kind in kinds)
        {
            try
            {
                return await invocation.Engine.GetAsync($"/{kind}/{Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal)}/json", invocation.CancellationToken);
            }
            catch (EngineRefusedException refused) when (refused.Status == 404)
            {
                // Then it may be of the other kind.
            }
        }

        return null;
    }

    /// <summary>Four spaces, as Docker's.</summary>
    private static string Indented(List<JsonElement> elements)
    {
        System.Buffers.ArrayBufferWriter<byte> buffer = new();
        JsonWriterOptions options = new() { Indented = true, IndentSize = 4, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter writer = new(buffer, options))
        {
            writer.WriteStartArray();
            elements.ForEach(e => e.WriteTo(writer));
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
