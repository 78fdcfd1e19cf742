namespace Coracle.E2E;

/// <summary>
/// A program of ours that runs inside a container and tells what it meets there: C in <c>Probes/</c>, built static for this machine, or,
/// where there is no compiler, already there in the directory CORACLE_E2E_PROBES.
/// </summary>
internal static class Probe
{
    /// <summary>Where <see cref="MountAsync"/> puts them.</summary>
    public const string Inside = "/probe";

    /// <returns>A <c>-v</c> option's value; the program is <c>/probe/NAME</c>.</returns>
    public static async Task<string> MountAsync(string name, Engine engine)
    {
        string directory = Directory.CreateDirectory(Path.Combine(engine.Root, "probes")).FullName;
        // Whatever the engine's umask is: a user other than root runs it too.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        string program = Path.Combine(directory, name);
        if (System.Environment.GetEnvironmentVariable("CORACLE_E2E_PROBES") is { } built)
        {
            File.Copy(Path.Combine(built, name), program, overwrite: true);
        }
        else if (!File.Exists(program))
        {
            string source = Path.Combine(Machine.Repository(), "test/Coracle.E2E/Probes", name + ".c");
            (await Command.RunAsync(
                Machine.Find("gcc", "/usr/bin/gcc"), ["-static", "-O1", "-Wall", "-Werror", "-o", program, source], Machine.Environment("/"))).Succeeds();
        }

        return $"{directory}:{Inside}:ro";
    }
}
