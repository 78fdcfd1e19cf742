namespace Coracle.Cli;

/// <summary>Every command there is, in the order of the help text. A new one is a line here and a file beside.</summary>
internal static class CommandList
{
    public static IReadOnlyList<Command> All { get; } =
    [
        RunCommand.Run,
        RunCommand.Create,
        PsCommand.Definition,
        LogsCommand.Definition,
        .. LifecycleCommands.All,
        PullCommand.Definition,
        ImagesCommand.Definition,
        .. ImageCommands.All,
        InspectCommand.Definition,
        EventsCommand.Definition,
        InfoCommand.Definition,
        VersionCommand.Definition,
    ];
}
