namespace Coracle.Cli;

/// <summary>Every command there is. A new one is a line here and a file beside; the order is that of the names.</summary>
internal static class CommandList
{
    public static IReadOnlyList<Command> All { get; } =
    [
        AttachCommand.Definition,
        InspectCommand.OfContainers,
        ContainerPruneCommand.Definition,
        RunCommand.Create,
        DeltaCommands.Apply,
        DeltaCommands.Create,
        DeltaCommands.Inspect,
        DeltaCommands.Push,
        EventsCommand.Definition,
        ExecCommand.Definition,
        HistoryCommand.Definition,
        DeltaCommand.Definition,
        InspectCommand.OfImages,
        PruneCommands.Images,
        ImagesCommand.Definition,
        ArchiveCommands.Import,
        InfoCommand.Definition,
        InspectCommand.Definition,
        LifecycleCommands.Kill,
        ArchiveCommands.Load,
        LogsCommand.Definition,
        NetworkMemberCommands.Connect,
        NetworkCommands.Create,
        NetworkMemberCommands.Disconnect,
        InspectCommand.OfNetworks,
        NetworkCommands.List,
        PruneCommands.Networks,
        NetworkCommands.Remove,
        LifecycleCommands.Pause,
        PortCommand.Definition,
        PsCommand.Definition,
        PullCommand.Definition,
        LifecycleCommands.Remove,
        LifecycleCommands.Rename,
        LifecycleCommands.Restart,
        ImageCommands.Remove,
        RunCommand.Run,
        ArchiveCommands.Save,
        StartCommand.Definition,
        LifecycleCommands.Stop,
        SystemDfCommand.Definition,
        PruneCommands.System,
        ImageCommands.Tag,
        TopCommand.Definition,
        LifecycleCommands.Unpause,
        VersionCommand.Definition,
        VolumeCommands.Create,
        InspectCommand.OfVolumes,
        VolumeCommands.List,
        PruneCommands.Volumes,
        VolumeCommands.Remove,
        LifecycleCommands.Wait,
    ];

    public static CommandGroup? Group(string name) => CommandGroup.All.FirstOrDefault(g => g.Name == name);

    /// <param name="path">As the help text calls what was called: <c>container list</c> is <c>container ls</c>.</param>
    /// <param name="rest">What follows the command's name.</param>
    /// <returns>Null where there is none.</returns>
    public static Command? Find(IReadOnlyList<string> words, out string path, out IReadOnlyList<string> rest)
    {
        int count = Group(words[0]) is not null && words.Count > 1 ? 2 : 1;
        string called = count == 2 ? $"{words[0]} {words[1]}" : words[0];
        rest = [.. words.Where((_, i) => i >= count)];
        IReadOnlyList<string> paths = CommandGroup.PathsOf(called);
        path = count == 2 ? paths[0] : called;
        return All.FirstOrDefault(c => c.Name == paths[0] || c.Name == paths[^1]);
    }
}
