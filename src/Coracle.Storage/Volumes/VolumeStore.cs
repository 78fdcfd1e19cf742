using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle.Storage;

/// <summary>
/// The volumes that are here: volumes/&lt;name&gt;/ with a record and <c>_data</c>, the directory that containers see. A volume exists
/// from the rename that brings it there, and is gone from the rename that takes it away; both are whole.
/// </summary>
/// <remarks>
/// Thread-safe, with one lock that is held for renames and records, never while a tree is copied, measured or removed. Readers get
/// snapshots. A record that cannot be read costs its labels, not the volume: the data is what somebody keeps it for.
/// </remarks>
public sealed class VolumeStore
{
    private const string DataName = "_data";
    private const string RecordName = "volume.json";

    /// <summary>Octal 0701, as Docker's: whoever a container's user is may pass through to what it was given, and see no names.</summary>
    private const int OuterMode = 0x1C1;

    /// <summary>Octal 0755.</summary>
    private const int DataMode = 0x1ED;

    private readonly DirectoryHandle _directory;
    private readonly Staging _staging;
    private readonly string _path;
    private readonly Lock _writing = new();
    private Dictionary<string, VolumeRecord> _volumes = new(StringComparer.Ordinal);

    internal VolumeStore(DirectoryHandle directory, Staging staging, string path)
    {
        (_directory, _staging, _path) = (directory, staging, path);
        directory.SetItsMode(OuterMode);
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<VolumeRecord> List() => [.. Volatile.Read(ref _volumes).Values.OrderBy(volume => volume.Name, StringComparer.Ordinal)];

    /// <returns>Null when there is no such volume.</returns>
    public VolumeRecord? Find(string name) => Volatile.Read(ref _volumes).GetValueOrDefault(name);

    /// <summary>Where a volume's files are: absolute.</summary>
    public string DataPath(string name) => $"{_path}/{name}/{DataName}";

    /// <summary>Durable when it returns.</summary>
    /// <param name="record">Its name was checked: it is one component, and no dot alone.</param>
    /// <returns>False when there is one of that name, which stays as it is.</returns>
    public bool TryCreate(VolumeRecord record)
    {
        lock (_writing)
        {
            if (_volumes.ContainsKey(record.Name))
            {
                return false;
            }

            using StagedDirectory staged = _staging.Create();
            MakeData(staged.Handle);
            staged.Handle.SetItsMode(OuterMode);
            DurableFile.Replace(staged.Handle, RecordName, VolumeRecordJson.ToJson(record));
            CrashPoint.Hit("volume:staged");
            staged.MoveTo(_directory, record.Name);
            CrashPoint.Hit("volume:renamed");
            SyncBoth();
            CrashPoint.Hit("volume:durable");
            Publish(record);
            return true;
        }
    }

    /// <summary>Changes what a record says. Durable.</summary>
    /// <returns>False when there is no such volume.</returns>
    public bool Update(string name, Func<VolumeRecord, VolumeRecord> change)
    {
        lock (_writing)
        {
            if (!_volumes.TryGetValue(name, out VolumeRecord? record))
            {
                return false;
            }

            VolumeRecord changed = change(record) with { Name = name };
            using DirectoryHandle volume = _directory.OpenDirectory(name);
            DurableFile.Replace(volume, RecordName, VolumeRecordJson.ToJson(changed));
            CrashPoint.Hit("volume:updated");
            Publish(changed);
            return true;
        }
    }

    /// <summary>Durably gone from here; what was in it is removed before this returns, or by the next start.</summary>
    /// <returns>False when there was no such volume.</returns>
    public bool Remove(string name)
    {
        string? leaving = TakeOut(name);
        if (leaving is not null)
        {
            Discard(leaving);
        }

        return leaving is not null;
    }

    /// <summary>The first half of <see cref="Remove"/>: from here on there is no such volume.</summary>
    /// <returns>What <see cref="Discard"/> wants; null when there was none.</returns>
    public string? TakeOut(string name)
    {
        lock (_writing)
        {
            if (!_volumes.ContainsKey(name))
            {
                return null;
            }

            string? leaving = _staging.TakeOut(_directory, name);
            Dictionary<string, VolumeRecord> others = new(_volumes, StringComparer.Ordinal);
            others.Remove(name);
            Volatile.Write(ref _volumes, others);
            return leaving;
        }
    }

    /// <summary>Removes the files of a volume that was taken out.</summary>
    public void Discard(string leaving) => _staging.Discard(leaving);

    /// <summary>Bytes of the files in it, each file once. Walks them all.</summary>
    public long SizeOf(string name)
    {
        if (!_directory.TryOpenDirectory(name, out DirectoryHandle? volume))
        {
            return 0; // removed meanwhile
        }

        using (volume)
        using (DirectoryHandle data = volume.OpenDirectory(DataName))
        {
            return DiskUsage.Of(data);
        }
    }

    /// <summary>Whether nothing is in it yet: then an image's files may be.</summary>
    public bool IsEmpty(string name)
    {
        using DirectoryHandle volume = _directory.OpenDirectory(name);
        using DirectoryHandle data = volume.OpenDirectory(DataName);
        using DirectoryReader entries = data.ReadEntries();
        return !entries.Next();
    }

    /// <summary>Copies a tree for a volume; on disk, and seen by nobody, when it returns.</summary>
    public VolumeCopy Copy(string name, DirectoryHandle source)
    {
        StagedDirectory staged = _staging.Create();
        try
        {
            TreeCopy.Copy(source, staged.Handle);
            CrashPoint.Hit("volume:copying");
            staged.SyncHandle.SyncFileSystem();
            CrashPoint.Hit("volume:copied");
            return new VolumeCopy(name, staged);
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    /// <summary>Puts a copy into its volume, if that is still empty. In one step: a cut leaves all of it or nothing.</summary>
    /// <param name="isMounted">
    /// A process sees the volume's directory, so that must stay: the entries are moved into it one by one, each whole.
    /// </param>
    public void Place(VolumeCopy copy, bool isMounted)
    {
        lock (_writing)
        {
            using DirectoryHandle volume = _directory.OpenDirectory(copy.Volume);
            if (isMounted)
            {
                using DirectoryHandle data = volume.OpenDirectory(DataName);
                copy.MoveEntries(data);
                data.Sync();
            }
            else if (!copy.TryReplace(volume, DataName))
            {
                return;
            }

            CrashPoint.Hit("volume:populated");
            volume.Sync();
            _staging.Directory.Sync();
        }
    }

    /// <summary>Start-up: every directory here is a volume. One without a readable record has lost its labels and is kept.</summary>
    internal void Load(ILogger logger)
    {
        Dictionary<string, VolumeRecord> volumes = new(StringComparer.Ordinal);
        foreach (string name in _directory.List())
        {
            if (_directory.TryStat(name, out FileStatus status) && status.IsDirectory)
            {
                volumes[name] = LoadOne(name, status, logger);
            }
        }

        Volatile.Write(ref _volumes, volumes);
    }

    private VolumeRecord LoadOne(string name, in FileStatus status, ILogger logger)
    {
        using DirectoryHandle volume = _directory.OpenDirectory(name);
        if (!volume.Exists(DataName))
        {
            MakeData(volume);
        }

        VolumeRecord? record = SetAside.TryRead(volume, RecordName, VolumeRecordJson.MaxLength, content =>
        {
            VolumeRecord parsed = VolumeRecordJson.Parse(content);
            return parsed.Name == name ? parsed : throw new FormatException($"it is the record of {parsed.Name}");
        }, logger);
        if (record is not null)
        {
            return record;
        }

        Log.VolumeWithoutRecord(logger, name);
        return new VolumeRecord(name, DateTimeOffset.UnixEpoch.AddTicks(status.ChangedNanoseconds / 100));
    }

    private static void MakeData(DirectoryHandle volume)
    {
        using DirectoryHandle data = volume.CreateDirectory(DataName, DataMode);
        data.SetItsMode(DataMode);
    }

    private void Publish(VolumeRecord record)
        => Volatile.Write(ref _volumes, new Dictionary<string, VolumeRecord>(_volumes, StringComparer.Ordinal) { [record.Name] = record });

    private void SyncBoth()
    {
        _directory.Sync();
        _staging.Directory.Sync();
    }
}
