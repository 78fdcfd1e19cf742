namespace Coracle.Runtime;

/// <summary>Makes a container's first process. For a program with one managed thread: the monitor.</summary>
public static class ContainerProcess
{
    /// <summary>
    /// Mounts the container's root in a namespace of its own and forks the process up to its execve. The calling thread visits the
    /// container's namespaces meanwhile and is home again when this returns.
    /// </summary>
    /// <exception cref="LaunchFailedException">Nothing is left of the attempt, but directories made in the writable layer.</exception>
    public static PreparedProcess Prepare(LaunchSpec spec, LaunchSurroundings around) => throw new NotSupportedException();
}
