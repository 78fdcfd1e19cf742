using System.Runtime.InteropServices;
using System.Text.Json;
using Coracle.Wire;

namespace Coracle.Cli;

internal static class VersionCommand
{
    private static readonly string[] _fields = ["Version", "ApiVersion", "MinAPIVersion", "GitCommit", "BuildTime", "Os", "Arch", "KernelVersion"];

    public static Command Definition { get; } = new("version", "[OPTIONS]", "Show the version information of command line and engine",
        [Option.Value("format", "Format output using a Go template: fields and json", 'f')], 0, 0, RunAsync);

    public static string OneLine(CliProcess process) => $"{process.Name} version {ProductVersion.Text}";

    private static async Task<int> RunAsync(Invocation invocation)
    {
        JsonElement server = await invocation.Engine.GetAsync("/version", invocation.CancellationToken);
        if (invocation.Arguments.Value("format") is string format)
        {
            await invocation.SayAsync(Template.Apply(format, Json.Element(writer => Both(writer, server))));
            return 0;
        }

        await invocation.SayAsync($"Client:\n Version:           {ProductVersion.Text}\n OS/Arch:           linux/{Architecture}\n");
        await invocation.SayAsync("Server:");
        foreach (JsonElement component in server.GetProperty("Components").EnumerateArray())
        {
            await invocation.SayAsync($" {component.GetProperty("Name").GetString()}:\n  Version:          {component.GetProperty("Version").GetString()}");
        }

        foreach (string field in _fields.Skip(1))
        {
            if (server.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
            {
                await invocation.SayAsync($" {field + ":",-18} {text}");
            }
        }

        return 0;
    }

    private static void Both(Utf8JsonWriter writer, JsonElement server)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("Client");
        writer.WriteString("Version", ProductVersion.Text);
        writer.WriteString("Os", "linux");
        writer.WriteString("Arch", Architecture);
        writer.WriteEndObject();
        writer.WritePropertyName("Server");
        server.WriteTo(writer);
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
