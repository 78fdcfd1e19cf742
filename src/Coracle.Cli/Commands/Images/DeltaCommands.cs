using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>delta create, push, apply and inspect: what differs between images, small.</summary>
internal static class DeltaCommands
{
    private const string TarType = "application/x-tar";

    private const string SummaryHeader = "X-Coracle-Delta-Summary";

    private static readonly Option _memory = Option.Value("memory", "Memory that the engine may take for matching (default 256MB)", 'm', "bytes");

    public static Command Create { get; } = new("delta create", "[OPTIONS] OLD [OLD...] NEW", "Write what a device with the OLD images needs for NEW to a tar archive (streamed to STDOUT by default)",
        [_memory, Option.Value("output", "Write to a file, instead of STDOUT", 'o')], 2, Command.Any, CreateAsync);

    public static Command Push { get; } = new("delta push", "[OPTIONS] IMAGE --from OLD", "Publish deltas to IMAGE in its repository, where pulls find them",
        [Option.List("from", "Image that devices have; may be given again"), _memory], 1, 1, PushAsync);

    public static Command Apply { get; } = new("delta apply", "FILE|-", "Load the new image of an archive that delta create wrote", [], 1, 1, ApplyAsync);

    public static Command Inspect { get; } = new("delta inspect", "[OPTIONS] FILE|-", "Show what an archive of deltas holds and does",
    [
        Option.Value("format", "Format output: 'table' (default) or 'json'", 'f'),
        Option.Value("html", "Write a page for a browser to this file, instead"),
    ], 1, 1, InspectAsync);

    private static async Task<int> CreateAsync(Invocation invocation)
    {
        string? file = invocation.Arguments.Value("output");
        if (string.IsNullOrEmpty(file) && invocation.Process.OutputIsTerminal)
        {
            throw new CliException("cowardly refusing to save to a terminal. Use the -o flag or redirect");
        }

        await using OutputFile? output = string.IsNullOrEmpty(file) ? null : OutputFile.Open(file, "failed to create delta");
        StringBuilder query = new("/images/delta?format=coracle");
        for (int i = 0; i < invocation.Words.Count; i++)
        {
            query.Append(i < invocation.Words.Count - 1 ? "&src=" : "&dest=").Append(Uri.EscapeDataString(invocation.Words[i]));
        }

        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", query.Append(Memory(invocation)).ToString(), null, invocation.CancellationToken);
        await answer.Response.Body.CopyToAsync(output?.Stream ?? invocation.Process.Output, invocation.CancellationToken);
        output?.Keep();
        // Beside the archive, which may be on its way through a pipe.
        await invocation.Process.ComplainAsync(answer.Response.Headers[SummaryHeader] ?? "done", invocation.CancellationToken);
        return 0;
    }

    private static async Task<int> PushAsync(Invocation invocation)
    {
        ImageReference image = PullCommand.Parse(invocation.Words[0]);
        StringBuilder query = new("/images/delta/push?image=" + Uri.EscapeDataString(invocation.Words[0]));
        if (invocation.Arguments.Values("from").Count == 0)
        {
            throw new CliException("--from is missing: which image do the devices have?");
        }

        foreach (string old in invocation.Arguments.Values("from"))
        {
            query.Append("&from=").Append(Uri.EscapeDataString(old));
        }

        await using EngineAnswer answer = await invocation.Engine.SendAsync(
            "POST", query.Append(Memory(invocation)).ToString(), null, 0, [("X-Registry-Auth", invocation.Config.RegistryAuth(image.Domain))], invocation.CancellationToken);
        await ShowAsync(invocation, answer);
        return 0;
    }

    private static async Task<int> ApplyAsync(Invocation invocation)
    {
        await using Stream archive = Open(invocation);
        await using EngineAnswer answer = await SendTarAsync(invocation, $"/images/load?quiet={(invocation.Process.OutputIsTerminal ? 0 : 1)}", archive);
        await ShowAsync(invocation, answer);
        return 0;
    }

    private static async Task<int> InspectAsync(Invocation invocation)
    {
        string format = invocation.Arguments.Value("format") ?? "table";
        if (format is not ("table" or "json"))
        {
            throw new CliException($"unknown format \"{format}\": there are table and json");
        }

        string? page = invocation.Arguments.Value("html");
        await using OutputFile? output = string.IsNullOrEmpty(page) ? null : OutputFile.Open(page, "failed to write the page");
        await using Stream archive = Open(invocation);
        await using EngineAnswer answer = await SendTarAsync(invocation, "/images/delta/inspect", archive);
        JsonElement json = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        string text = output is not null ? DeltaPage.Of(new DeltaView(json)) : format == "json" ? json.GetRawText() + "\n" : DeltaTable.Of(new DeltaView(json));
        await invocation.Process.WriteAsync(output?.Stream ?? invocation.Process.Output, text, invocation.CancellationToken);
        output?.Keep();
        return 0;
    }

    private static Stream Open(Invocation invocation)
    {
        if (invocation.Words[0] != "-")
        {
            return LocalFile.OpenRead(invocation.Words[0]);
        }

        return invocation.Process.InputIsTerminal ? throw new CliException("an archive from a terminal? Redirect it, or name a file") : invocation.Process.Input;
    }

    private static Task ShowAsync(Invocation invocation, EngineAnswer answer)
        => new ProgressOutput(invocation.Process, invocation.Process.Output, invocation.Process.OutputIsTerminal).ShowAsync(answer, isQuiet: false, invocation.CancellationToken);

    private static Task<EngineAnswer> SendTarAsync(Invocation invocation, string target, Stream archive)
        => invocation.Engine.SendAsync("POST", target, archive, length: null, [("Content-Type", TarType)], invocation.CancellationToken);

    private static string Memory(Invocation invocation)
        => invocation.Arguments.Value("memory") is { } size ? $"&memory={ByteCount.Parse(size, "memory")}" : "";
}
