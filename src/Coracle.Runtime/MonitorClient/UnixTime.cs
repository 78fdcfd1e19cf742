namespace Coracle.Runtime;

/// <summary>The monitor's clock readings for the engine.</summary>
internal static class UnixTime
{
    private const long NanosecondsPerTick = 100;

    public static DateTimeOffset ToDateTimeOffset(long unixNanoseconds)
        => DateTimeOffset.UnixEpoch.AddTicks(unixNanoseconds / NanosecondsPerTick);
}
