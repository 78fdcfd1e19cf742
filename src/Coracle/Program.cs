using Coracle.Cli;
using Coracle.Linux;
using Coracle.Wire;

namespace Coracle;

/// <summary>
/// One file, two roles: the engine, by its name or by <c>daemon</c> as first argument, and the command line. And the one thing that
/// is neither, since it works on the file itself: its installation.
/// </summary>
internal static class Program
{
    private static readonly string[] _engineNames = ["coracled", "dockerd", "balenad", "balena-engine-daemon"];

    private static readonly StandardText _output = new(Terminal.StandardOutput);

    private static readonly StandardText _errors = new(Terminal.StandardError);

    public static string Version => ProductVersion.Text;

    private static async Task<int> Main(string[] args)
    {
        string name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        EngineDefaults defaults = EngineDefaults.For(name);
        if (_engineNames.Contains(name))
        {
            return await RunEngineAsync(defaults, args);
        }

        return args switch
        {
            ["daemon", ..] => await RunEngineAsync(defaults, args[1..]),
            ["install" or "uninstall", ..] => await InstallCommand.RunAsync(args[0] == "install", args[1..], _output, _errors),
            _ => await CommandLine.RunAsync(args, CommandProcess(name), CancellationToken.None),
        };
    }

    private static CliProcess CommandProcess(string name) => new(
        new StandardStream(Terminal.StandardInput), new StandardStream(Terminal.StandardOutput), new StandardStream(Terminal.StandardError),
        Terminal.IsTerminal(Terminal.StandardInput), Terminal.IsTerminal(Terminal.StandardOutput), StartEnvironment.Variables(), name, TimeProvider.System);

    /// <summary>Octal 0022, as dockerd: what is made for containers (hosts, volumes, layers' parents) is for every user of theirs.</summary>
    private const int UsualUmask = 0x12;

    private static async Task<int> RunEngineAsync(EngineDefaults defaults, string[] args)
    {
        EngineOptions options;
        try
        {
            options = EngineOptions.Parse(defaults, args);
        }
        catch (OptionsException e)
        {
            await _errors.WriteLineAsync(e.Message);
            return 1;
        }

        switch (options.Order)
        {
            case EngineOrder.ShowHelp:
                await _output.WriteAsync(EngineHelp.Text(defaults));
                return 0;
            case EngineOrder.ShowVersion:
                await _output.WriteLineAsync($"Coracle version {Version}, compatible with Docker {options.ReportedVersion}");
                return 0;
            case EngineOrder.Validate:
                await _output.WriteLineAsync("configuration OK");
                return 0;
            default:
                ThisProcess.SetUmask(UsualUmask);
                return await Engine.RunAsync(options, StartEnvironment.Read());
        }
    }
}
