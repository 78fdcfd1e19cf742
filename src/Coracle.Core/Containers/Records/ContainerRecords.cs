using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// Where container records are kept. A container that removes itself (<c>--rm</c>) is gone after a power cut anyway, so its
/// record goes to exec-root, which survives the engine but not the power, and costs no fsync; every other record is durable.
/// </summary>
/// <remarks>Blocking; calls for one container come one after the other (its <see cref="RecordWriter"/> sees to that).</remarks>
public sealed class ContainerRecords(DirectoryHandle containers, DirectoryHandle transient, ILogger logger)
{
    private const string FileName = "container.json";

    private const string TransientSuffix = ".json";

    private const string LifeSuffix = ".life";

    /// <summary>A directory on its way out has this suffix, so that a cut in the middle of its removal is seen at the next start.</summary>
    private const string RemovedSuffix = ".removed";

    private const string DamagedSuffix = ".damaged";

    private const int MaxBytes = 4 << 20;

    /// <summary>containers/&lt;id&gt;, which exists once the container was added.</summary>
    public DirectoryHandle OpenDirectory(string containerId) => containers.OpenDirectory(containerId);

    /// <summary>Makes the container's directory and its record: from here on it exists.</summary>
    public void Add(ContainerRecord record)
    {
        using DirectoryHandle directory = containers.OpenOrCreateDirectory(record.Id);
        CrashPoint.Hit("container:made");
        Save(record, directory);
        if (!record.HostConfig.AutoRemove)
        {
            containers.Sync(); // or the whole directory may be lost with its durable record in it
            CrashPoint.Hit("container:durable");
        }
    }

    public void Save(ContainerRecord record)
    {
        using DirectoryHandle directory = containers.OpenDirectory(record.Id);
        Save(record, directory);
    }

    private void Save(ContainerRecord record, DirectoryHandle directory)
    {
        ReadOnlySpan<byte> content = ContainerRecordCodec.Encode(record).Span;
        if (record.HostConfig.AutoRemove)
        {
            ReplaceTransient(record.Id + TransientSuffix, content);
        }
        else
        {
            DurableFile.Replace(directory, FileName, content);
        }
    }

    /// <summary>
    /// Keeps its life for the next engine of this boot, in exec-root: what a start, an exit and a restart by the policy change costs no
    /// write to flash. Never throws: what is lost with a full exec-root is known less exactly, no more.
    /// </summary>
    public void Note(ContainerRecord record)
    {
        try
        {
            if (record.HostConfig.AutoRemove)
            {
                ReplaceTransient(record.Id + TransientSuffix, ContainerRecordCodec.Encode(record).Span);
            }
            else
            {
                ReplaceTransient(record.Id + LifeSuffix, ContainerRecordCodec.EncodeLife(record).Span);
            }
        }
        catch (IOException e)
        {
            Log.ContainerNotNoted(logger, record.Id, e);
        }
    }

    /// <summary>Whole or not at all for a killed engine; exec-root does not outlive the power, so nothing is synced.</summary>
    private void ReplaceTransient(string name, ReadOnlySpan<byte> content)
    {
        string temporary = name + ".tmp";
        using (Microsoft.Win32.SafeHandles.SafeFileHandle file = transient.OpenTruncated(temporary))
        {
            RandomAccess.Write(file, content, fileOffset: 0);
        }

        transient.Rename(temporary, name);
    }

    /// <summary>Takes everything of the container off the disk, its writable layer too. May be called again after it was interrupted.</summary>
    public void Remove(ContainerRecord record)
    {
        string leaving = record.Id + RemovedSuffix;
        if (containers.Exists(record.Id))
        {
            containers.Rename(record.Id, leaving);
            CrashPoint.Hit("container:leaving");
            if (!record.HostConfig.AutoRemove)
            {
                containers.Sync(); // a container that was reported removed does not come back after a power cut
                CrashPoint.Hit("container:removed");
            }
        }

        transient.RemoveIfPresent(record.Id + TransientSuffix);
        transient.RemoveIfPresent(record.Id + LifeSuffix);
        containers.RemoveTree(leaving);
    }

    /// <summary>Every container there is; what is half made or half removed goes, what cannot be read is set aside.</summary>
    public IReadOnlyList<LoadedContainer> Load()
    {
        List<LoadedContainer> records = [];
        foreach (string name in containers.List())
        {
            if (name.EndsWith(RemovedSuffix, StringComparison.Ordinal))
            {
                containers.RemoveTree(name);
            }
            else if (ContainerId.IsId(name) && TryLoad(name) is ContainerRecord record)
            {
                records.Add(LoadedContainer.Of(record, TryLoadLife(record)));
            }
        }

        RemoveStrayTransients(records);
        return records;
    }

    /// <summary>Whether a container of that id was here and its record could not be read.</summary>
    public bool IsSetAside(string id) => containers.Exists(id + DamagedSuffix);

    private ContainerRecord? TryLoad(string id)
    {
        using DirectoryHandle directory = containers.OpenDirectory(id);
        byte[]? content = DurableFile.TryRead(directory, FileName, MaxBytes) ?? DurableFile.TryRead(transient, id + TransientSuffix, MaxBytes);
        if (content is null)
        {
            // Never finished being created, or a --rm container that the power was cut from: nobody can ask for it.
            containers.RemoveTree(id);
            return null;
        }

        try
        {
            return ContainerRecordCodec.Decode(content);
        }
        catch (FormatException e)
        {
            Log.ContainerRecordSetAside(logger, id, e);
            containers.Rename(id, id + DamagedSuffix);
            return null;
        }
    }

    private ContainerRecord? TryLoadLife(ContainerRecord record)
    {
        if (DurableFile.TryRead(transient, record.Id + LifeSuffix, MaxBytes) is not byte[] content)
        {
            return null;
        }

        try
        {
            return ContainerRecordCodec.DecodeLife(content, record);
        }
        catch (FormatException e)
        {
            Log.ContainerNotNoted(logger, record.Id, e); // of another version, or damaged: the record itself is enough to go on
            return null;
        }
    }

    private void RemoveStrayTransients(List<LoadedContainer> records)
    {
        HashSet<string> known = [];
        foreach (LoadedContainer record in records)
        {
            known.Add(record.Saved.Id + TransientSuffix);
            known.Add(record.Saved.Id + LifeSuffix);
        }

        foreach (string name in transient.List().Where(name => !known.Contains(name)))
        {
            transient.RemoveIfPresent(name);
        }
    }
}
