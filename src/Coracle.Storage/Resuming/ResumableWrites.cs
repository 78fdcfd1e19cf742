using Coracle.Linux;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>The directories of staging/ that outlive their process: layers in the making with checkpoints, each under its key.</summary>
/// <remarks>At most <see cref="MaxKept"/> of them, for <see cref="MaxAge"/>, and none when room is short. Thread-safe.</remarks>
internal sealed class ResumableWrites(Staging staging, TimeProvider time)
{
    public const int MaxKept = 8;

    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    // Guards _leased: a directory is in one pair of hands, be they a pull's or those of whoever makes room.
    private readonly Lock _lock = new();
    private readonly List<string> _leased = [];

    public Guid Boot { get; } = BootId.Read();

    /// <returns>False: another layer is being made under this key.</returns>
    public bool TryLease(Digest key)
    {
        lock (_lock)
        {
            if (_leased.Contains(key.ToHex()))
            {
                return false;
            }

            _leased.Add(key.ToHex());
            return true;
        }
    }

    public void Release(Digest key)
    {
        lock (_lock)
        {
            _leased.Remove(key.ToHex());
        }
    }

    /// <summary>What an earlier run left under the key. Of whoever leased it.</summary>
    /// <returns>Null when there is nothing that can be gone on with.</returns>
    public Checkpoint? Find(Digest key) => Find(key.ToHex(), key);

    /// <summary>A new directory, which ends the key's lease. Of whoever leased it.</summary>
    /// <param name="isBesides">
    /// What is there under the key stays there, until <see cref="StagedDirectory.TakeName"/>: a kill before that costs nothing. Else it goes
    /// at once, and the new directory has its name.
    /// </param>
    public StagedDirectory Create(Digest key, bool isBesides)
    {
        string name = key.ToHex();
        if (!isBesides && staging.Directory.Exists(name))
        {
            staging.Discard(staging.Rename(name));
        }

        return staging.Create(isBesides ? null : name, () => Release(key));
    }

    /// <summary>Bytes of files that wait for somebody to go on with them.</summary>
    public long Bytes()
    {
        long sum = 0;
        foreach (string id in staging.Directory.List())
        {
            if (IsIdle(id) && staging.Directory.TryOpenDirectory(id, out DirectoryHandle? directory))
            {
                using (directory)
                {
                    sum += DiskUsage.Of(directory);
                }
            }
        }

        return sum;
    }

    /// <summary>Removes all that nobody works on.</summary>
    public void Drop()
    {
        foreach (string id in staging.Directory.List())
        {
            if (Digest.TryParseHex(id, out Digest? key))
            {
                Drop(key);
            }
        }
    }

    /// <summary>Removes what is there under this key, if nobody works on it.</summary>
    public void Drop(Digest key)
    {
        if (TryLease(key))
        {
            staging.Discard(key.ToHex());
            Release(key);
        }
    }

    /// <summary>Start-up: which are worth keeping.</summary>
    public string[] FindKept()
    {
        string[] kept = new string[MaxKept];
        long[] times = new long[MaxKept];
        int count = 0;
        long oldest = time.GetUtcNow().Add(-MaxAge).ToUnixTimeMilliseconds();
        foreach (string id in staging.Directory.List())
        {
            if (Digest.TryParseHex(id, out Digest? key) && Find(id, key) is not null && LastWrite(id) is long last && last >= oldest)
            {
                int at = count < MaxKept ? count++ : Array.IndexOf(times, Oldest(times));
                if (kept[at] is null || times[at] < last)
                {
                    (kept[at], times[at]) = (id, last);
                }
            }
        }

        return kept[..count];
    }

    private static long Oldest(long[] times)
    {
        long oldest = long.MaxValue;
        foreach (long one in times)
        {
            oldest = Math.Min(oldest, one);
        }

        return oldest;
    }

    private bool IsIdle(string id)
    {
        lock (_lock)
        {
            return Digest.TryParseHex(id, out _) && !_leased.Contains(id);
        }
    }

    private Checkpoint? Find(string id, Digest key)
    {
        if (!staging.Directory.TryOpenDirectory(id, out DirectoryHandle? directory))
        {
            return null;
        }

        using (directory)
        {
            return Checkpoint.TryRead(directory, Boot, key);
        }
    }

    /// <returns>Milliseconds since 1970 when a checkpoint was written there last.</returns>
    private long LastWrite(string id)
    {
        using DirectoryHandle directory = staging.Directory.OpenDirectory(id);
        long last = long.MinValue;
        foreach (string name in (ReadOnlySpan<string>)[.. Checkpoint.Names, Checkpoint.DurableName])
        {
            last = directory.TryStat(name, out FileStatus status) ? Math.Max(last, status.ModifiedNanoseconds / 1_000_000) : last;
        }

        return last;
    }
}
