namespace Coracle.E2E;

/// <summary>Signals to processes of our own, by kill(1).</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, int processId)
        => _ = await Command.RunAsync("/bin/kill", ["-s", signal, processId.ToString()], new Dictionary<string, string>());
}
