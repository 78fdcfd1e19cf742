using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Coracle.Wire;

namespace Coracle.Cli;

/// <summary>version: our own half is printed even where no engine answers.</summary>
internal static class VersionCommand
{
    private const string TypeName = "system.versionInfo";
    private const int WrongTemplateCode = 64;
    private const int ValueColumn = 20;

    public static Command Definition { get; } = new("version", "[OPTIONS]", "Show the Docker version information", [FormatHelp.One], 0, 0, RunAsync);

    public static string OneLine(CliProcess process) => $"{process.Name} version {ProductVersion.Text}";

    private static async Task<int> RunAsync(Invocation invocation)
    {
        string format = invocation.Arguments.Value("format") ?? "";
        Template? template = Parse(format == "json" ? "{{json .}}" : format);
        JsonElement? server = null;
        CliException? failure = null;
        try
        {
            server = await invocation.Engine.GetAsync("/version", invocation.CancellationToken);
        }
        catch (CliException noEngine)
        {
            failure = noEngine;
        }

        string api = failure is null ? await invocation.Engine.ApiVersionAsync(invocation.CancellationToken) : EngineClient.NewestVersion;
        StringBuilder text = new();
        try
        {
            if (template is null)
            {
                Pretty(text, api, server);
            }
            else
            {
                template.Fill(text, EngineValue.Of(Json.Element(writer => Both(writer, api, server)), JsonReading.Typed, "", TypeName));
                text.Append('\n');
            }
        }
        catch (TemplateException mistake)
        {
            text.Append('\n');
            failure = new CliException(mistake.Message);
        }

        await invocation.Process.WriteAsync(invocation.Process.Output, text.ToString(), invocation.CancellationToken);
        return failure is null ? 0 : throw failure;
    }

    private static Template? Parse(string format)
    {
        try
        {
            return format.Length == 0 ? null : new Template(format, "version");
        }
        catch (TemplateException mistake)
        {
            throw new CliException("template parsing error: " + mistake.Message, WrongTemplateCode);
        }
    }

    private static void Pretty(StringBuilder text, string api, JsonElement? server)
    {
        text.Append("Client:\n");
        Line(text, " Version:", ProductVersion.Text);
        Line(text, " API version:", api + (api == EngineClient.NewestVersion ? "" : $" (downgraded from {EngineClient.NewestVersion})"));
        Line(text, " OS/Arch:", $"linux/{Architecture}");
        Line(text, " Context:", "default");
        if (server is not JsonElement engine)
        {
            return;
        }

        string platform = engine.TryGetProperty("Platform", out JsonElement named) ? Word(named, "Name") : "";
        text.Append("\nServer:").Append(platform.Length > 0 ? " " : "").Append(platform).Append('\n');
        foreach (JsonElement component in engine.TryGetProperty("Components", out JsonElement components) ? components.EnumerateArray() : [])
        {
            string name = Word(component, "Name");
            text.Append($" {name}:\n");
            Line(text, "  Version:", Word(component, "Version"));
            Details(text, name, component.TryGetProperty("Details", out JsonElement details) ? details : default);
        }
    }

    private static void Details(StringBuilder text, string component, JsonElement details)
    {
        if (details.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (component == "Engine")
        {
            Line(text, "  API version:", $"{Word(details, "ApiVersion")} (minimum version {Word(details, "MinAPIVersion")})");
            Line(text, "  Go version:", Word(details, "GoVersion"));
            Line(text, "  Git commit:", Word(details, "GitCommit"));
            Line(text, "  Built:", Date(Word(details, "BuildTime")));
            Line(text, "  OS/Arch:", $"{Word(details, "Os")}/{Word(details, "Arch")}");
            Line(text, "  Experimental:", Word(details, "Experimental"));
            return;
        }

        foreach (string detail in JsonLists.SortedNames(details))
        {
            Line(text, $"  {detail}:", Word(details, detail));
        }
    }

    /// <summary>As C's asctime has it; what is no date is left as it is.</summary>
    private static string Date(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date.ToString("ddd MMM ", CultureInfo.InvariantCulture) + date.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2) + date.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture)
            : text;

    private static void Line(StringBuilder text, string label, string value) => text.Append(label.PadRight(ValueColumn)).Append(value).Append('\n');

    private static string Word(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static void Both(Utf8JsonWriter writer, string api, JsonElement? server)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("Client");
        writer.WriteString("Version", ProductVersion.Text);
        writer.WriteString("ApiVersion", api);
        writer.WriteString("DefaultAPIVersion", EngineClient.NewestVersion);
        writer.WriteString("Os", "linux");
        writer.WriteString("Arch", Architecture);
        writer.WriteString("Context", "default");
        writer.WriteEndObject();
        writer.WritePropertyName("Server");
        if (server is JsonElement engine)
        {
            engine.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WriteEndObject();
    }

    /// <summary>Go's word.</summary>
    private static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        System.Runtime.InteropServices.Architecture.Arm => "arm",
        System.Runtime.InteropServices.Architecture other => other.ToString(),
    };
}
