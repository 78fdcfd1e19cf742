using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What is left to do when a monitor is not there any more.</summary>
internal static class LostMonitor
{
    /// <summary>Its connection is gone, so its lock goes too.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The exit record, if the monitor left one. If not, it was killed: then its container's processes, whose output nobody reads any
    /// more, are killed too, through their cgroup, and a record that says so is left in its place.
    /// </summary>
    /// <returns>Null when the monitor ended before it let anything run.</returns>
    /// <remarks>Blocking. The caller has seen that the monitor is gone.</remarks>
    public static ExitRecord? Settle(DirectoryHandle directory)
    {
        _ = FlockHandle.TryTake(directory, MonitorFiles.Lock, _patience, out FlockHandle? held);
        using (held)
        {
            return ExitRecordFile.TryRead(directory) ?? Bury(directory);
        }
    }

    private static ExitRecord? Bury(DirectoryHandle directory)
    {
        byte[]? launch = DurableFile.TryRead(directory, MonitorFiles.Launch, LaunchSpecCodec.MostBytes);
        if (launch is null)
        {
            return null;
        }

        string error = "the container's monitor died, so its processes were killed";
        try
        {
            ContainerCgroup cgroup = ContainerCgroup.Find(LaunchSpecCodec.DecodeResources(launch));
            cgroup.KillAll();
            cgroup.Remove();
        }
        catch (Exception failure) when (failure is LinuxException or InvalidDataException)
        {
            error += "; cleaning up after it: " + failure.Message;
        }

        ExitFacts facts = ExitFacts.Lost(Clock.UnixNanoseconds(), error);
        try
        {
            ExitRecordFile.Write(directory, facts);
        }
        catch (IOException)
        {
            // exec-root is full. We tell of the end all the same; an engine after us finds no record and comes to the same end.
        }

        return facts.ToRecord();
    }
}
