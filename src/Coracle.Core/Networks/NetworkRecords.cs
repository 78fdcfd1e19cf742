using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>Where network records are kept: one durable file each, whose name is the id. Blocking; one caller at a time.</summary>
public sealed class NetworkRecords(DirectoryHandle directory, ILogger logger)
{
    private const string Suffix = ".json";

    private const string DamagedSuffix = ".damaged";

    /// <summary>Durable when it returns.</summary>
    public void Save(NetworkRecord record)
    {
        DurableFile.Replace(directory, record.Id.Text + Suffix, NetworkRecordJson.ToJson(record));
        CrashPoint.Hit("network:recorded");
    }

    /// <summary>Durably gone when it returns.</summary>
    public void Remove(NetworkId id)
    {
        if (directory.RemoveIfPresent(id.Text + Suffix))
        {
            CrashPoint.Hit("network:removed");
            directory.Sync();
        }
    }

    /// <summary>Every record there is, the oldest first; one that cannot be read is set aside and named in the log.</summary>
    public IReadOnlyList<NetworkRecord> Load()
    {
        DurableFile.RemoveTemporaries(directory);
        List<NetworkRecord> records = [];
        foreach (string name in directory.List())
        {
            if (name.EndsWith(Suffix, StringComparison.Ordinal) && TryLoad(name) is NetworkRecord record)
            {
                records.Add(record);
            }
        }

        return [.. records.OrderBy(record => record.Created)];
    }

    private NetworkRecord? TryLoad(string name)
    {
        try
        {
            byte[]? content = DurableFile.TryRead(directory, name, NetworkRecordJson.MaxLength);
            NetworkRecord? record = content is null ? null : NetworkRecordJson.Parse(content);
            return record is null || record.Id.Text + Suffix == name ? record : throw new FormatException($"it is the record of {record.Id}");
        }
        catch (Exception e) when (e is FormatException or LinuxException { Errno: Errno.EFBIG or Errno.EINVAL or Errno.EIO })
        {
            Log.NetworkRecordSetAside(logger, name, e.Message);
            directory.Rename(name, name + DamagedSuffix);
            return null;
        }
    }
}
