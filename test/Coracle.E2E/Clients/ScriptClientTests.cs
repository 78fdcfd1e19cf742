namespace Coracle.E2E;

/// <summary>The clients that most JavaScript and Python programs use, over the unix socket. dockerode calls unversioned paths.</summary>
public sealed class ScriptClientTests(Stage stage) : EngineTest(stage)
{
    [Theory]
    [InlineData("engine")]
    [InlineData("images")]
    [InlineData("attached")]
    [InlineData("lifecycle")]
    [InlineData("executed")]
    [InlineData("volumes")]
    public async Task Dockerode_lives_a_life(string part)
    {
        Dictionary<string, string> environment = ClientEnvironment();
        environment["MODULES"] = await ScriptClients.InstallDockerodeAsync();
        await ScriptClients.RunDockerodeAsync(part, environment);
    }

    [Theory]
    [InlineData("engine")]
    [InlineData("images")]
    [InlineData("attached")]
    [InlineData("lifecycle")]
    [InlineData("executed")]
    [InlineData("volumes")]
    public Task Python_lives_a_life(string part) => ScriptClients.RunPythonAsync(part, ClientEnvironment());

    private Dictionary<string, string> ClientEnvironment()
    {
        Dictionary<string, string> environment = Machine.Environment(Engine.Root);
        environment["SOCKET"] = Engine.SocketPath;
        environment["IMAGE"] = App;
        environment["NEXT"] = Images.AppNext.Reference;
        environment["NAME"] = Name();
        return environment;
    }
}
