using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>inspect, and the inspect of each kind: the engine's own JSON, indented or through a template.</summary>
internal static class InspectCommand
{
    private static readonly string[] _types = ["config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume"];

    private static readonly Option _size = Option.Flag("size", "Display total file sizes if the type is container", 's');

    public static Command Definition { get; } = new("inspect", "[OPTIONS] NAME|ID [NAME|ID...]", "Return low-level information on Docker objects",
        [FormatHelp.One, _size, Option.Value("type", "Only inspect objects of the given type")], 1, Command.Any, RunAsync);

    public static Command OfContainers { get; } = Of("container", "CONTAINER", "containers", _size with { Help = "Display total file sizes" });

    public static Command OfImages { get; } = Of("image", "IMAGE", "images", Option.Value(
        "platform",
        "Inspect a specific platform of the multi-platform image.\nIf the image or the server is not multi-platform capable, the command will error out if the platform does not match.\n"
        + "'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"));

    public static Command OfNetworks { get; } = Of("network", "NETWORK", "networks", Option.Flag("verbose", "Verbose output for diagnostics", 'v'));

    public static Command OfVolumes { get; } = Of("volume", "VOLUME", "volumes");

    private static Command Of(string kind, string word, string plural, params Option[] options) => new(
        kind + " inspect", $"[OPTIONS] {word} [{word}...]", $"Display detailed information on one or more {plural}", [FormatHelp.One, .. options], 1, Command.Any,
        invocation => InspectAsync(invocation, name => GetAsync(invocation, kind, name)));

    private static Task<int> RunAsync(Invocation invocation)
    {
        string type = invocation.Arguments.Value("type") ?? "";
        if (type.Length > 0 && !_types.Contains(type))
        {
            throw new CliException($"unknown type: \"{type}\": must be one of {string.Join(", ", _types.Select(GoQuote.Quote))}");
        }

        return InspectAsync(invocation, type.Length > 0 ? name => GetAsync(invocation, type, name) : name => FindAsync(invocation, name));
    }

    /// <summary>What is found is printed first; what is not is told after it.</summary>
    private static async Task<int> InspectAsync(Invocation invocation, Func<string, Task<JsonElement>> getAsync)
    {
        InspectOutput output = InspectOutput.For(invocation.Arguments.Value("format"));
        StringBuilder complaints = new();
        foreach (string name in invocation.Words)
        {
            try
            {
                output.Add(await getAsync(name));
            }
            catch (EngineRefusedException refused)
            {
                complaints.Append("Error response from daemon: ").Append(refused.Message).Append('\n');
            }
            catch (CliException missing)
            {
                complaints.Append(missing.Message).Append('\n');
            }
        }

        await invocation.Process.WriteAsync(invocation.Process.Output, output.ToString(), invocation.CancellationToken);
        await invocation.Process.WriteAsync(invocation.Process.Errors, complaints.ToString(), invocation.CancellationToken);
        return complaints.Length > 0 ? 1 : 0;
    }

    private static Task<JsonElement> GetAsync(Invocation invocation, string kind, string name) => invocation.Engine.GetAsync(kind switch
    {
        "container" => $"/containers/{Uri.EscapeDataString(name)}/json" + (invocation.Arguments.Has("size") ? "?size=1" : ""),
        "image" => $"/images/{UrlPath.Name(name)}/json{PlatformQuery.Of(invocation.Arguments, '?')}",
        "network" => $"/networks/{Uri.EscapeDataString(name)}" + (invocation.Arguments.Has("verbose") ? "?verbose=true" : ""),
        "volume" => $"/volumes/{Uri.EscapeDataString(name)}",
        // Swarm's and plugins': the engine says that it has none.
        _ => $"/{kind}s/{Uri.EscapeDataString(name)}",
    }, invocation.CancellationToken);

    private static async Task<JsonElement> FindAsync(Invocation invocation, string name)
    {
        foreach (string kind in (string[])["container", "image", "network", "volume"])
        {
            try
            {
                return await GetAsync(invocation, kind, name);
            }
            catch (EngineRefusedException refused) when (refused.Status is 404 or 501 || (refused.Status == 400 && kind != "container"))
            {
                // Then it may be of the next kind; 400: the name cannot be one of this kind.
            }
        }

        throw new CliException($"Error: No such object: {name}");
    }
}
