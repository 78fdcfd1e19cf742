namespace Coracle.E2E;

/// <summary>A test of coracle's own command line; with <c>--engine docker</c> it talks to dockerd.</summary>
public abstract class OwnCommandTest(Stage stage) : EngineTest(stage)
{
    private protected Task<CommandResult> OwnAsync(params string[] arguments) => OwnWithInputAsync("", arguments);

    private protected Task<CommandResult> OwnWithInputAsync(string input, params string[] arguments)
        => Command.RunAsync(Engine.Program, arguments, Environment(), input);

    private protected Command Start(params string[] arguments) => Command.Start(Engine.Program, arguments, Environment());

    private protected Command Terminal(params string[] arguments) => TerminalCommand.Start(Engine.Program, arguments, Environment());

    private protected Dictionary<string, string> Environment()
    {
        Dictionary<string, string> environment = Machine.Environment(Engine.Root);
        environment["CORACLE_HOST"] = $"unix://{Engine.SocketPath}";
        environment["DOCKER_CONFIG"] = Path.Combine(Engine.Root, "client");
        return environment;
    }
}
