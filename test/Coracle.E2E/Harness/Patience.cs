namespace Coracle.E2E;

/// <summary>
/// How much longer than usual a test waits: CORACLE_TEST_PATIENCE, a factor for machines that are slow by nature (an emulated one). The
/// one place that reads it; every deadline of the harness goes through here.
/// </summary>
internal static class Patience
{
    private static readonly double _factor = double.TryParse(
        System.Environment.GetEnvironmentVariable("CORACLE_TEST_PATIENCE"), System.Globalization.CultureInfo.InvariantCulture, out double factor) ? factor : 1;

    public static TimeSpan For(TimeSpan usual) => usual * _factor;
}
