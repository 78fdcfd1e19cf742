namespace Coracle.E2E;

/// <summary>
/// The program that starts another one on a kernel without certain system calls (mask-calls.c beside this file): built once by gcc, or,
/// where there is no compiler, already there by the name in CORACLE_E2E_MASK_CALLS.
/// </summary>
internal static class CallMask
{
    private static readonly Lazy<string> _program = new(() => System.Environment.GetEnvironmentVariable("CORACLE_E2E_MASK_CALLS") ?? Build());

    public static string Program => _program.Value;

    /// <summary>What a program started with the mask does not find.</summary>
    public static async Task<string[]> MissingAsync(string calls)
        => (await Command.RunAsync(Program, [calls, Program, "--missing", calls], Machine.Environment("/"))).Succeeds().Lines;

    private static string Build()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "mask-calls");
        string source = Path.Combine(Machine.Repository(), "test/Coracle.E2E/Harness/mask-calls.c");
        string made = $"{program}.{System.Environment.ProcessId}";
        string[] arguments = ["-static", "-O1", "-Wall", "-Werror", "-o", made, source];
        Command.RunAsync(Machine.Find("gcc", "/usr/bin/gcc"), arguments, Machine.Environment("/")).GetAwaiter().GetResult().Succeeds();
        // Another runner may be starting it: the linker's file is no program until its mode is set.
        File.Move(made, program, overwrite: true);
        return program;
    }
}
