using Coracle.Oci;

namespace Coracle.Cli;

/// <summary><c>pull</c>, and the pull that <c>run</c> does by itself.</summary>
internal static class PullCommand
{
    public static Command Definition { get; } = new("pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry",
    [
        Option.Flag("all-tags", "Download all tagged images in the repository", 'a'),
        Option.Flag("disable-content-trust", "Skip image verification (default true)"),
        Option.Value("platform", "Set platform if server is multi-platform capable"),
        Option.Flag("quiet", "Suppress verbose output", 'q'),
    ], 1, 1, RunAsync);

    /// <summary>Pulls by name; what it says goes to the given stream.</summary>
    public static async Task PullAsync(
        Invocation invocation, ImageReference reference, bool isQuiet, bool isOnTerminal, Stream output, string? platform = null, bool allTags = false)
    {
        string target = $"/images/create?fromImage={Uri.EscapeDataString(reference.Name)}"
            + (allTags ? "" : $"&tag={Uri.EscapeDataString(reference.TagOrDigest)}")
            + (platform is null ? "" : $"&platform={Uri.EscapeDataString(platform)}");
        await using EngineAnswer answer = await invocation.Engine.SendAsync(
            "POST", target, null, 0, [("X-Registry-Auth", invocation.Config.RegistryAuth(reference.Domain))], invocation.CancellationToken);
        await new ProgressOutput(invocation.Process, output, isOnTerminal).ShowAsync(answer, isQuiet, invocation.CancellationToken);
    }

    /// <exception cref="CliException">It is no reference.</exception>
    public static ImageReference Parse(string text)
        => ImageReference.TryParse(text, out ImageReference? reference, out string? problem) ? reference : throw new CliException(problem ?? "invalid reference format");

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        ImageReference given = Parse(invocation.Words[0]);
        bool isQuiet = arguments.Has("quiet");
        if (arguments.Has("all-tags") && (given.Tag is not null || given.Digest is not null))
        {
            throw new CliException("tag can't be used with --all-tags/-a");
        }

        if (arguments.IsGiven("disable-content-trust") && !arguments.Has("disable-content-trust"))
        {
            throw new CliException("--disable-content-trust=false: signatures of Docker Content Trust are not verified here");
        }

        ImageReference reference = given.WithDefaultTag();
        if (given.Tag is null && given.Digest is null && !isQuiet && !arguments.Has("all-tags"))
        {
            await invocation.SayAsync("Using default tag: latest");
        }

        await PullAsync(invocation, reference, isQuiet, invocation.Process.OutputIsTerminal, invocation.Process.Output, arguments.Value("platform"), arguments.Has("all-tags"));
        await invocation.SayAsync(arguments.Has("all-tags") ? given.Name : reference.ToString());
        return 0;
    }
}
