using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>One write in staging/. Removed when disposed, unless it has been moved to its place before.</summary>
internal sealed class StagedDirectory(Staging staging, string id, DirectoryHandle handle) : IDisposable
{
    private bool _moved;

    public DirectoryHandle Handle => handle;

    /// <summary>
    /// Opened before the first byte is written: syncfs reports through it every write-back error that happened since (Linux 5.8).
    /// One for each write, since an error is reported only once to each descriptor.
    /// </summary>
    public DirectoryHandle SyncHandle { get; } = handle.Duplicate();

    /// <summary>The commit's rename. Durable once both directories are synced.</summary>
    public void MoveTo(DirectoryHandle directory, string name)
    {
        staging.Directory.Rename(id, directory, name);
        _moved = true;
    }

    public void Dispose()
    {
        SyncHandle.Dispose();
        handle.Dispose();
        if (!_moved)
        {
            _moved = true;
            staging.Discard(id);
        }
    }
}
