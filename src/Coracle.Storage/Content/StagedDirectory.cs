using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>One write in staging/. Removed when disposed, unless it has been moved to its place before or is to be kept.</summary>
/// <param name="ended">Called once at the end, whichever it is.</param>
internal sealed class StagedDirectory(Staging staging, string id, DirectoryHandle handle, Action? ended = null) : IDisposable
{
    private string _id = id;
    private bool _stays;
    private bool _ended;

    public DirectoryHandle Handle => handle;

    /// <summary>
    /// Opened before the first byte is written: syncfs reports through it every write-back error that happened since (Linux 5.8).
    /// One for each write, since an error is reported only once to each descriptor.
    /// </summary>
    public DirectoryHandle SyncHandle { get; } = handle.Duplicate();

    /// <summary>The commit's rename. Durable once both directories are synced.</summary>
    public void MoveTo(DirectoryHandle directory, string name)
    {
        staging.Directory.Rename(_id, directory, name);
        _stays = true;
    }

    /// <summary>Takes a name in staging/ from whatever has it, in one step, and removes that; does nothing where the name is its own.</summary>
    public void TakeName(string name)
    {
        if (_id != name)
        {
            staging.Exchange(_id, name);
            (string former, _id) = (_id, name);
            staging.Discard(former);
        }
    }

    /// <summary>Somebody may go on with it later.</summary>
    public void Keep() => _stays = true;

    /// <summary>Nobody has to any more.</summary>
    public void Forget() => _stays = false;

    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        SyncHandle.Dispose();
        handle.Dispose();
        if (!_stays)
        {
            staging.Discard(_id);
        }

        ended?.Invoke();
    }
}
