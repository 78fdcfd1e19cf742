namespace Coracle.Cli;

/// <summary><c>image delta</c>, as balenaEngine's client has it: what changes between two images, as an image of its own.</summary>
internal static class DeltaCommand
{
    public static Command Definition { get; } = new("image delta", "[OPTIONS] SRC DEST", "Create the delta between two images",
    [
        Option.Value("tag", "Name and optionally a tag in the 'name:tag' format", 't') with { Type = "string" },
    ], 2, 2, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        string target = $"/images/delta?src={Uri.EscapeDataString(invocation.Words[0])}&dest={Uri.EscapeDataString(invocation.Words[1])}"
            + (invocation.Arguments.Value("tag") is { Length: > 0 } tag ? $"&t={Uri.EscapeDataString(tag)}" : "");
        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", target, null, invocation.CancellationToken);
        await new ProgressOutput(invocation.Process, invocation.Process.Output, invocation.Process.OutputIsTerminal)
            .ShowAsync(answer, isQuiet: false, invocation.CancellationToken);
        return 0;
    }
}
