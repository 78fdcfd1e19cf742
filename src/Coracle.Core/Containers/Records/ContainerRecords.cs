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
        Save(record, directory);
        if (!record.HostConfig.AutoRemove)
        {
            containers.Sync(); // or the whole directory may be lost with its durable record in it
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
            if (!record.HostConfig.AutoRemove)
            {
                containers.Sync(); // a container that was reported removed does not come back after a power cut
            }
        }

        transient.RemoveIfPresent(record.Id + TransientSuffix);
        containers.RemoveTree(leaving);
    }

    /// <summary>Every container there is; what is half made or half removed goes, what cannot be read is set aside.</summary>
    public IReadOnlyList<ContainerRecord> Load()
    {
        List<ContainerRecord> records = [];
        foreach (string name in containers.List())
        {
            if (name.EndsWith(RemovedSuffix, StringComparison.Ordinal))
            {
                containers.RemoveTree(name);
            }
            else if (ContainerId.IsId(name) && TryLoad(name) is ContainerRecord record)
            {
                records.Add(record);
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

    private void RemoveStrayTransients(List<ContainerRecord> records)
    {
        HashSet<string> known = [.. records.Select(record => record.Id + TransientSuffix)];
        foreach (string name in transient.List().Where(name => !known.Contains(name)))
        {
            transient.RemoveIfPresent(name);
        }
    }
}
