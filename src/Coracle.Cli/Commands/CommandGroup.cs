namespace Coracle.Cli;

/// <summary>A noun before a verb: <c>container</c>, <c>image</c>.</summary>
internal sealed record CommandGroup(string Name, string Help)
{
    public static IReadOnlyList<CommandGroup> All { get; } =
    [
        new("container", "Manage containers"),
        new("delta", "Manage deltas between images"),
        new("image", "Manage images"),
        new("network", "Manage networks"),
        new("system", "Manage the engine"),
        new("volume", "Manage volumes"),
    ];

    /// <summary>
    /// Every path of the commands that have several, the long one first, as their help lists them. A command that is not here has
    /// its name only.
    /// </summary>
    private const string Paths = """
        container attach, attach
        container commit, commit
        container cp, cp
        container create, create
        container diff, diff
        container exec, exec
        container export, export
        container kill, kill
        container logs, logs
        container ls, container list, container ps, ps
        container pause, pause
        container port, port
        container rename, rename
        container restart, restart
        container rm, container remove, rm
        container run, run
        container start, start
        container stats, stats
        container stop, stop
        container top, top
        container unpause, unpause
        container update, update
        container wait, wait
        image build, build
        image history, history
        image import, import
        image load, load
        image ls, image list, images
        image pull, pull
        image push, push
        image rm, image remove, rmi
        image save, save
        image tag, tag
        network ls, network list
        network rm, network remove
        system events, events
        system info, info
        volume ls, volume list
        volume rm, volume remove
        """;

    private static readonly string[][] _paths = [.. Paths.Split('\n').Select(line => line.Split(", "))];

    /// <param name="path">Any of them.</param>
    public static IReadOnlyList<string> PathsOf(string path) => Array.Find(_paths, p => Array.IndexOf(p, path) >= 0) ?? [path];
}
