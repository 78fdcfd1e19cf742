namespace Coracle.E2E;

/// <summary>What a long test measured: for <c>./dev soak</c>, which keeps it in its result file.</summary>
internal static class Figures
{
    /// <summary>Appends a line to the file that CORACLE_E2E_FIGURES names; also for whoever reads the test's output.</summary>
    public static void Say(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("CORACLE_E2E_FIGURES") is { Length: > 0 } path)
        {
            File.AppendAllText(path, line + "\n");
        }
    }
}
