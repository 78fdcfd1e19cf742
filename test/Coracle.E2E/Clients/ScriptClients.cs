namespace Coracle.E2E;

/// <summary>Clients in other languages: each is a script beside this file that walks one part of a life and ends with "done".</summary>
internal static class ScriptClients
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private static string Sources { get; } = Path.Combine(Machine.Repository(), "test/Coracle.E2E/Clients");

    public static Task RunDockerodeAsync(string part, Dictionary<string, string> environment)
        => RunAsync(Machine.Find("nodejs", "/usr/bin/node", "/usr/local/bin/node"), ["dockerode/lifecycle.js", part], environment);

    public static Task RunPythonAsync(string part, Dictionary<string, string> environment)
    {
        // Debian's own, also where somebody has put another in front of it.
        environment["PYTHONPATH"] = "/usr/lib/python3/dist-packages";
        return RunAsync(Machine.Find("python3", "/usr/bin/python3"), ["python/lifecycle.py", part], environment);
    }

    /// <summary>dockerode, by the checked-in lock, into out/: once, and again when the lock changes.</summary>
    public static async Task<string> InstallDockerodeAsync()
    {
        string source = Path.Combine(Sources, "dockerode");
        string modules = Path.Combine(Machine.Repository(), "out/dockerode");
        string installed = Path.Combine(modules, "installed-lock.json");
        string wanted = await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json"));
        if (!File.Exists(installed) || await File.ReadAllTextAsync(installed) != wanted)
        {
            Directory.CreateDirectory(modules);
            File.Copy(Path.Combine(source, "package.json"), Path.Combine(modules, "package.json"), overwrite: true);
            await File.WriteAllTextAsync(Path.Combine(modules, "package-lock.json"), wanted);
            // Nobody's install script runs here; what they would build is optional. The caller's environment says where the registry is.
            const string Script = "cd \"$1\" && exec \"$2\" ci --ignore-scripts --omit=optional --no-audit --no-fund --no-update-notifier";
            string npm = Machine.Find("npm", "/usr/bin/npm", "/usr/local/bin/npm");
            (await Command.RunAsync("/bin/sh", ["-c", Script, "sh", modules, npm], OwnEnvironment(), limit: TimeSpan.FromMinutes(5))).Succeeds();
            await File.WriteAllTextAsync(installed, wanted);
        }

        return modules;
    }

    private static async Task RunAsync(string interpreter, string[] arguments, Dictionary<string, string> environment)
    {
        CommandResult result = await Command.RunAsync(interpreter, [Path.Combine(Sources, arguments[0]), .. arguments[1..]], environment, limit: _limit);
        Assert.Equal("done", result.Succeeds().Text);
    }

    private static Dictionary<string, string> OwnEnvironment()
        => Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string)v.Value!);
}
