using System.Text.Json;

namespace Coracle.Cli;

internal static class InfoCommand
{
    /// <summary>What is shown, with Docker's label where it is another word.</summary>
    private static readonly (string Label, string Field)[] _lines =
    [
        ("Containers", "Containers"), (" Running", "ContainersRunning"), (" Paused", "ContainersPaused"), (" Stopped", "ContainersStopped"),
        ("Images", "Images"), ("Server Version", "ServerVersion"), ("Storage Driver", "Driver"), ("Logging Driver", "LoggingDriver"),
        ("Cgroup Driver", "CgroupDriver"), ("Cgroup Version", "CgroupVersion"), ("Kernel Version", "KernelVersion"),
        ("Operating System", "OperatingSystem"), ("OSType", "OSType"), ("Architecture", "Architecture"), ("CPUs", "NCPU"),
        ("Total Memory", "MemTotal"), ("Name", "Name"), ("ID", "ID"), ("Docker Root Dir", "DockerRootDir"),
    ];

    public static Command Definition { get; } = new("info", "[OPTIONS]", "Display system-wide information",
        [Option.Value("format", "Format output using a Go template: fields and json", 'f')], 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        JsonElement info = await invocation.Engine.GetAsync("/info", invocation.CancellationToken);
        if (invocation.Arguments.Value("format") is string format)
        {
            await invocation.SayAsync(Template.Apply(format, info));
            return 0;
        }

        await invocation.SayAsync("Server:");
        foreach ((string label, string field) in _lines)
        {
            if (info.TryGetProperty(field, out JsonElement value))
            {
                await invocation.SayAsync($" {label}: {(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText())}");
            }
        }

        if (info.TryGetProperty("Warnings", out JsonElement warnings) && warnings.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement warning in warnings.EnumerateArray())
            {
                await invocation.Process.ComplainAsync(warning.GetString()!, invocation.CancellationToken);
            }
        }

        return 0;
    }
}
