namespace Coracle.Runtime;

/// <summary>How a container's first process ended: the facts that vanish with it, kept by its monitor.</summary>
/// <param name="ExitCode">0-255; 128 + N when signal N ended it.</param>
/// <param name="FinishedAt">UTC, when the monitor saw it.</param>
/// <param name="OomKilled">The kernel's OOM killer struck inside the container's cgroup.</param>
/// <param name="Error">Empty, or what went wrong beside the process itself.</param>
/// <param name="MonitorLost">The monitor itself died: the exit code is unknown (137), output may be missing.</param>
public sealed record ExitRecord(int ExitCode, DateTimeOffset FinishedAt, bool OomKilled, string Error, bool MonitorLost);
