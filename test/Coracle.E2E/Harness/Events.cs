using System.Text.Json;

namespace Coracle.E2E;

/// <summary>What an engine told, asked for afterwards.</summary>
internal static class Events
{
    /// <summary>This moment as <c>since</c> and <c>until</c> take it.</summary>
    public static string Now()
    {
        long ticks = DateTimeOffset.UtcNow.Ticks - DateTimeOffset.UnixEpoch.Ticks;
        return $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond:d7}00";
    }

    public static async Task<JsonElement[]> PastAsync(DockerCli docker, string since, params string[] filters)
    {
        string[] options = [.. filters.SelectMany(f => new[] { "--filter", f })];
        CommandResult events = await docker.RunAsync(["events", "--since", since, "--until", Now(), "--format", "{{json .}}", .. options]);
        return [.. events.Succeeds().Lines.Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
