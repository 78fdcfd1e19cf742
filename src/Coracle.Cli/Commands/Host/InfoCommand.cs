using System.Text;
using System.Text.Json;
using Coracle.Wire;

namespace Coracle.Cli;

internal static class InfoCommand
{
    private const string TypeName = "system.dockerInfo";
    private const int WrongTemplateCode = 64;

    public static Command Definition { get; } = new("info", "[OPTIONS]", "Display system-wide information", [FormatHelp.One], 0, 0, RunAsync);

    private static Task<int> RunAsync(Invocation invocation)
        => invocation.Arguments.Value("format") is { Length: > 0 } format ? FormattedAsync(invocation, format) : PrettyAsync(invocation);

    private static async Task<int> PrettyAsync(Invocation invocation)
    {
        CliProcess process = invocation.Process;
        await process.WriteAsync(process.Output, $"Client:\n Version:    {ProductVersion.Text}\n Context:    default\n Debug Mode: false\n\nServer:\n", invocation.CancellationToken);
        JsonElement info = await invocation.Engine.GetAsync("/info", invocation.CancellationToken);
        await process.WriteAsync(process.Output, InfoText.Of(info) + "\n", invocation.CancellationToken);
        if (info.TryGetProperty("Warnings", out JsonElement warnings) && warnings.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement warning in warnings.EnumerateArray())
            {
                await process.ComplainAsync(warning.GetString()!, invocation.CancellationToken);
            }
        }

        return 0;
    }

    private static async Task<int> FormattedAsync(Invocation invocation, string format)
    {
        Template template = Parse(format == "json" ? "{{json .}}" : format);
        StringBuilder text = new();
        try
        {
            JsonElement info = await invocation.Engine.GetAsync("/info", invocation.CancellationToken);
            template.Fill(text, EngineValue.Of(WithClient(info), JsonReading.Typed, "", TypeName));
            return 0;
        }
        catch (TemplateException mistake)
        {
            throw new CliException(mistake.Message);
        }
        finally
        {
            // Docker ends the line even where it has nothing to print.
            await invocation.SayAsync(text.ToString());
        }
    }

    /// <summary>The engine's fields, and ours behind them.</summary>
    private static JsonElement WithClient(JsonElement info) => Json.Element(writer =>
    {
        writer.WriteStartObject();
        foreach (JsonProperty property in info.EnumerateObject())
        {
            property.WriteTo(writer);
        }

        writer.WriteStartObject("ClientInfo");
        writer.WriteBoolean("Debug", false);
        writer.WriteString("Version", ProductVersion.Text);
        writer.WriteString("Context", "default");
        writer.WriteStartArray("Plugins");
        writer.WriteEndArray();
        writer.WriteNull("Warnings");
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private static Template Parse(string format)
    {
        try
        {
            return new Template(format);
        }
        catch (TemplateException mistake)
        {
            throw new CliException("template parsing error: " + mistake.Message, WrongTemplateCode);
        }
    }
}
