using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>load, save and import: an image to and from a tar archive.</summary>
internal static class ArchiveCommands
{
    private const string TarType = "application/x-tar";

    public static Command Load { get; } = new("load", "[OPTIONS]", "Load an image from a tar archive or STDIN",
    [
        Option.Value("input", "Read from tar archive file, instead of STDIN", 'i'),
        Option.Value("platform", "Load only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")"),
        Option.Flag("quiet", "Suppress the load output", 'q'),
    ], 0, 0, LoadAsync);

    public static Command Save { get; } = new("save", "[OPTIONS] IMAGE [IMAGE...]", "Save one or more images to a tar archive (streamed to STDOUT by default)",
    [
        Option.Value("output", "Write to a file, instead of STDOUT", 'o'),
        Option.Value("platform", "Save only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")"),
    ], 1, Command.Any, SaveAsync);

    public static Command Import { get; } = new("import", "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]", "Import the contents from a tarball to create a filesystem image",
    [
        Option.List("change", "Apply Dockerfile instruction to the created image", 'c'),
        Option.Value("message", "Set commit message for imported image", 'm'),
        Option.Value("platform", "Set platform if server is multi-platform capable"),
    ], 1, 2, ImportAsync);

    private static async Task<int> LoadAsync(Invocation invocation)
    {
        CliProcess process = invocation.Process;
        string? file = invocation.Arguments.Value("input");
        if (string.IsNullOrEmpty(file) && process.InputIsTerminal)
        {
            throw new CliException("requested load from stdin, but stdin is empty");
        }

        await using Stream archive = string.IsNullOrEmpty(file) ? process.Input : LocalFile.OpenRead(file);
        bool isQuiet = invocation.Arguments.Has("quiet") || !process.OutputIsTerminal;
        string query = $"quiet={(isQuiet ? 1 : 0)}" + PlatformQuery.Of(invocation.Arguments, '&');
        await using EngineAnswer answer = await SendTarAsync(invocation, "/images/load?" + query, archive);
        await new ProgressOutput(process, process.Output, process.OutputIsTerminal).ShowAsync(answer, isQuiet: false, invocation.CancellationToken);
        return 0;
    }

    private static async Task<int> SaveAsync(Invocation invocation)
    {
        string? file = invocation.Arguments.Value("output");
        if (string.IsNullOrEmpty(file) && invocation.Process.OutputIsTerminal)
        {
            throw new CliException("cowardly refusing to save to a terminal. Use the -o flag or redirect");
        }

        await using OutputFile? output = string.IsNullOrEmpty(file) ? null : OutputFile.Open(file, "failed to save image");
        string names = string.Join('&', invocation.Words.Select(w => "names=" + Uri.EscapeDataString(w)));
        await using EngineAnswer answer = await invocation.Engine.SendAsync("GET", $"/images/get?{names}{PlatformQuery.Of(invocation.Arguments, '&')}", null, invocation.CancellationToken);
        await answer.Response.Body.CopyToAsync(output?.Stream ?? invocation.Process.Output, invocation.CancellationToken);
        output?.Keep();
        return 0;
    }

    private static async Task<int> ImportAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string source = invocation.Words[0];
        string reference = invocation.Words.Count > 1 ? invocation.Words[1] : "";
        if (reference.Length > 0 && !ImageReference.TryParse(reference, out _, out string? problem))
        {
            throw new CliException(problem ?? "invalid reference format");
        }

        bool isRemote = source.StartsWith("http://", StringComparison.Ordinal) || source.StartsWith("https://", StringComparison.Ordinal);
        await using Stream archive = source == "-" ? invocation.Process.Input : isRemote ? Stream.Null : LocalFile.OpenRead(source);
        string query = $"fromSrc={(isRemote ? Uri.EscapeDataString(source) : "-")}" + Query("repo", reference) + Query("message", arguments.Value("message"))
            + Query("platform", arguments.Value("platform")) + string.Concat(arguments.Values("change").Select(c => Query("changes", c)));
        await using EngineAnswer answer = await SendTarAsync(invocation, "/images/create?" + query, archive);
        await new ProgressOutput(invocation.Process, invocation.Process.Output, invocation.Process.OutputIsTerminal).ShowAsync(answer, isQuiet: false, invocation.CancellationToken);
        return 0;
    }

    /// <summary>In chunks, as it is read: nobody knows the length of a pipe.</summary>
    private static Task<EngineAnswer> SendTarAsync(Invocation invocation, string target, Stream archive)
        => invocation.Engine.SendAsync("POST", target, archive, length: null, [("Content-Type", TarType)], invocation.CancellationToken);

    private static string Query(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
