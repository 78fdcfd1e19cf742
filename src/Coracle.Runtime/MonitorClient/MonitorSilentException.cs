namespace Coracle.Runtime;

/// <summary>
/// A monitor that lives and does not answer: somebody stopped it, or the disk of its log hangs. What was asked for may still come about
/// when it goes on.
/// </summary>
/// <remarks>No <see cref="IOException"/>: those mean that it is gone.</remarks>
public sealed class MonitorSilentException(TimeSpan waited)
    : TimeoutException($"the container's monitor has not answered for {(int)waited.TotalSeconds} s: is it stopped, or does the disk of its log hang?");
