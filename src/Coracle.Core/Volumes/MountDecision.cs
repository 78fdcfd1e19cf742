using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>Which mounts a container gets, of all that name one for a place: its own before those of others, a VOLUME of the image last.</summary>
internal static class MountDecision
{
    /// <param name="find">Another container, by the name in <c>--volumes-from</c>.</param>
    /// <exception cref="EngineException">A specification that is not valid, or no such container.</exception>
    public static List<MountPoint> Of(ContainerRecord record, Func<string, ContainerRecord> find)
    {
        Dictionary<string, MountPoint> byPlace = new(StringComparer.Ordinal);
        foreach (string text in record.HostConfig.VolumesFrom ?? [])
        {
            foreach (MountPoint lent in Lent(text, find))
            {
                byPlace[lent.Destination] = lent;
            }
        }

        foreach (MountPoint own in MountRequests.Parse(record.HostConfig))
        {
            if (own.IsVolume && own.Mode.Length == 0)
            {
                own.Mode = "z"; // Docker's: shared between containers, where there are labels
            }

            byPlace[own.Destination] = own;
        }

        AddImages(record, byPlace);
        return [.. byPlace.Values.OrderBy(mount => mount.Destination, StringComparer.Ordinal)];
    }

    private static void AddImages(ContainerRecord record, Dictionary<string, MountPoint> byPlace)
    {
        HashSet<string> tmpfs = [.. MountRequests.TmpfsTargets(record.HostConfig)];
        foreach (string path in record.Config.Volumes ?? [])
        {
            string destination = ContainerPath.Clean(path);
            if (destination == "/" || path.Contains('\0', StringComparison.Ordinal))
            {
                throw new EngineException(Refusal.InvalidArgument, "invalid specification: destination can't be '/'");
            }

            if (!tmpfs.Contains(destination))
            {
                byPlace.TryAdd(destination, new MountPoint
                {
                    Kind = MountPoint.Volume,
                    Destination = destination,
                    Anonymous = true,
                    Driver = record.HostConfig.VolumeDriver,
                });
            }
        }
    }

    private static List<MountPoint> Lent(string text, Func<string, ContainerRecord> find)
    {
        if (text.Length == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "volumes-from specification cannot be an empty string");
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool readOnly = colon >= 0 && MountMode.ParseLent(text[(colon + 1)..]).ReadOnly;
        List<MountPoint> lent = [];
        foreach (MountPoint mount in Find(colon < 0 ? text : text[..colon], find).Mounts)
        {
            lent.Add(mount.Lend(readOnly));
        }

        return lent;
    }

    /// <summary>400 and not 404, which would make the docker command line pull the image.</summary>
    private static ContainerRecord Find(string name, Func<string, ContainerRecord> find)
    {
        try
        {
            return find(name);
        }
        catch (EngineException e)
        {
            throw new EngineException(Refusal.InvalidArgument, e.Message, e);
        }
    }
}
