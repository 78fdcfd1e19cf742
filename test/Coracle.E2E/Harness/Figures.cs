namespace Coracle.E2E;

/// <summary>What a long test measured: for <c>./dev soak</c>, which keeps it in its result file.</summary>
internal static class Figures
{
    /// <summary>The long form was asked for.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("CORACLE_E2E_LONG") is "1";

    /// <summary>How often a test repeats: the long form, or the slice of it that <c>./dev soak</c> asks for.</summary>
    public static int Rounds(int shortForm, int longForm)
        => !IsLong ? shortForm
            : int.TryParse(Environment.GetEnvironmentVariable("CORACLE_E2E_ROUNDS"), out int slice) && slice > 0 ? slice : longForm;

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
