using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>
/// What an image has at a volume's place, copied and on disk, but in nobody's sight yet: until <see cref="VolumeStore.Place"/> it is
/// staging, so a cut copy leaves the volume as empty as it was. Removed when disposed, unless it was placed.
/// </summary>
public sealed class VolumeCopy : IDisposable
{
    private readonly StagedDirectory _staged;

    internal VolumeCopy(string volume, StagedDirectory staged) => (Volume, _staged) = (volume, staged);

    /// <summary>The volume it is meant for.</summary>
    public string Volume { get; }

    /// <summary>It becomes the volume's directory itself.</summary>
    /// <returns>False when that is not empty: the kernel replaces no directory that has something in it.</returns>
    internal bool TryReplace(DirectoryHandle volume, string name)
    {
        try
        {
            _staged.MoveTo(volume, name);
            return true;
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOTEMPTY or Errno.EEXIST)
        {
            return false;
        }
    }

    /// <summary>One entry after the other into a directory that somebody looks at; what has one's name meanwhile stays.</summary>
    internal void MoveEntries(DirectoryHandle data)
    {
        using DirectoryReader entries = _staged.Handle.ReadEntries();
        while (entries.Next())
        {
            if (!data.TryStat(entries.Name, out _))
            {
                _staged.Handle.Rename(entries.Name, data, entries.Name);
            }
        }

        TreeCopy.CopyAttributes(_staged.Handle, data);
    }

    public void Dispose() => _staged.Dispose();
}
