using Coracle.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>A data root, open and ours: blobs, layers, images, the places of containers. One owner at a time.</summary>
/// <remarks>
/// Opening it is recovery, the same at every boot: whatever was being written or removed when the last owner ended is removed,
/// records that cannot be read are set aside, and then it is open, whatever state it was in. Unreferenced layers stay until
/// <see cref="LayerStore.CollectUnreferenced"/> is told what containers refer to.
/// </remarks>
public sealed class Store : IDisposable
{
    private const string LockName = "lock";

    /// <summary>Octal 0710: others may pass through to what a path names, and see nothing (CVE-2021-41091).</summary>
    private const int RootMode = 0x1C8;

    /// <summary>For an engine that was killed an instant ago.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly List<IDisposable> _handles = [];
    private readonly Staging _staging;

    private Store(StorageOptions options, TimeProvider time, ILogger logger)
    {
        DataRoot = options.DataRoot.TrimEnd('/');
        try
        {
            Root = Own(DirectoryHandle.CreateAndOpen(DataRoot, RootMode));
            Own(TakeLock(Root, DataRoot));
            Root.SetItsMode(RootMode);
            Staging staging = _staging = new Staging(OpenDirectory("staging"), logger);
            var resumable = new ResumableWrites(staging, time);
            staging.Recover(resumable.FindKept());
            OverlayDialect dialect = StoreVersion.Check(Root, staging, DataRoot);
            Blobs = new BlobStore(OpenBlobs());
            Layers = new LayerStore(options, OpenDirectory("layers"), staging, resumable, dialect, time, logger);
            Images = new ImageStore(OpenDirectory("images"), Blobs);
            Images.Load(logger);
            Images.RemoveUnreferencedBlobs();
            Containers = OpenDirectory("containers");
            WritableLayers = new WritableLayers(Containers, staging, $"{DataRoot}/containers");
            Volumes = new VolumeStore(OpenDirectory("volumes"), staging, $"{DataRoot}/volumes");
            Volumes.Load(logger);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Absolute, without a slash at its end.</summary>
    public string DataRoot { get; }

    /// <summary>The data root itself.</summary>
    public DirectoryHandle Root { get; }

    public BlobStore Blobs { get; }

    public LayerStore Layers { get; }

    public ImageStore Images { get; }

    public WritableLayers WritableLayers { get; }

    public VolumeStore Volumes { get; }

    /// <summary>containers/: a directory for each, of which layer/ is <see cref="WritableLayers"/>'.</summary>
    public DirectoryHandle Containers { get; }

    /// <exception cref="StoreUnavailableException">Another engine has it, or it is of a version that we do not know.</exception>
    /// <exception cref="LinuxException">It cannot be made or read.</exception>
    public static Store Open(StorageOptions options, TimeProvider time, ILogger logger) => new(options, time, logger);

    /// <summary>A place for bytes that must be whole before anybody may see the first of them. Removed with it, and after a crash by recovery.</summary>
    /// <exception cref="LinuxException">It cannot be made.</exception>
    public ScratchStream CreateScratch() => new(_staging.Create(), Layers);

    /// <summary>Ends the ownership. What is staged stays for the next start to remove.</summary>
    public void Dispose()
    {
        for (int i = _handles.Count - 1; i >= 0; i--)
        {
            _handles[i].Dispose();
        }

        _handles.Clear();
    }

    private DirectoryHandle OpenDirectory(string name) => Own(Root.OpenOrCreateDirectory(name));

    private DirectoryHandle OpenBlobs()
    {
        using DirectoryHandle blobs = Root.OpenOrCreateDirectory("blobs");
        return Own(blobs.OpenOrCreateDirectory("sha256"));
    }

    private T Own<T>(T handle)
        where T : IDisposable
    {
        _handles.Add(handle);
        return handle;
    }

    private static FlockHandle TakeLock(DirectoryHandle root, string path)
    {
        if (!FlockHandle.TryTake(root, LockName, _patience, out FlockHandle? held))
        {
            string holder = System.Text.Encoding.UTF8.GetString(DurableFile.TryRead(root, LockName, 64) ?? []).Trim();
            throw new StoreUnavailableException(
                $"data root {path} is in use by another engine{(holder.Length > 0 ? $" (process {holder})" : "")}");
        }

        // For that message alone; who holds the lock is decided by the lock.
        using SafeFileHandle file = root.OpenTruncated(LockName);
        FileBytes.Write(file, System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"), 0);
        return held;
    }
}
