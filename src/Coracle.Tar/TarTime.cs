namespace Coracle.Tar;

/// <summary>A time as tar and the kernel have it: seconds since 1970 (may be negative) and nanoseconds after that second.</summary>
/// <param name="Nanoseconds">0 to 999,999,999, also before 1970.</param>
public readonly record struct TarTime(long Seconds, int Nanoseconds);
