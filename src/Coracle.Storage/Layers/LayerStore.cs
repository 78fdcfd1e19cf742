using Coracle.Linux;
using Coracle.Oci;
using Coracle.Tar;
using Microsoft.Extensions.Logging;

namespace Coracle.Storage;

/// <summary>The committed layers, by diffID, and the only way a layer becomes one.</summary>
/// <remarks>
/// <para>Life of a layer: Apply (staging/, invisible) → <see cref="Commit"/> (layers/&lt;diffId&gt;/, durable,
/// read-only for good) → <see cref="CollectUnreferenced"/>. A layer in layers/ is whole at any time: it comes and goes by one
/// rename.</para>
/// <para>Thread-safe; every call blocks. Several layers are applied side by side, each by its own thread.</para>
/// </remarks>
public sealed partial class LayerStore
{
    private readonly string _path;
    private readonly DirectoryHandle _directory;
    private readonly Staging _staging;
    private readonly ResumableWrites _resumable;
    private readonly OverlayDialect _dialect;
    private readonly StorageOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Guards _leases and every rename into and out of layers/, so that the collector never takes what was just leased.
    private readonly Lock _lock = new();
    private readonly Dictionary<DiffId, int> _leases = [];

    internal LayerStore(
        StorageOptions options, DirectoryHandle directory, Staging staging, ResumableWrites resumable, OverlayDialect dialect,
        TimeProvider time, ILogger logger)
    {
        (_options, _directory, _staging, _resumable) = (options, directory, staging, resumable);
        (_dialect, _time, _logger) = (dialect, time, logger);
        _path = $"{options.DataRoot.TrimEnd('/')}/layers";
    }

    public bool Contains(DiffId diffId) => _directory.Exists(diffId.ToHex());

    /// <returns>Null when there is no such layer.</returns>
    /// <exception cref="LayerDamagedException">Its record cannot be read.</exception>
    public LayerInfo? Find(DiffId diffId)
    {
        if (!_directory.TryOpenDirectory(diffId.ToHex(), out DirectoryHandle? layer))
        {
            return null;
        }

        using (layer)
        {
            RecordHeader header = LayerRecord.ReadHeader(layer);
            IReadOnlyList<KnownBlob> blobs = KnownBlobs.Parse(DurableFile.TryRead(layer, KnownBlobs.FileName, KnownBlobs.MaxFileLength));
            return new LayerInfo(diffId, $"{_path}/{diffId.ToHex()}/{LayerApplier.DiffName}", header.FileBytes, header.TarLength, blobs);
        }
    }

    /// <summary>All committed layers.</summary>
    public IReadOnlyList<DiffId> List()
    {
        var layers = new List<DiffId>();
        foreach (string name in _directory.List())
        {
            if (Digest.TryParseHex(name, out Digest? digest))
            {
                layers.Add(new DiffId(digest));
            }
        }

        return layers;
    }

    /// <summary>Keeps a committed layer from the collector.</summary>
    /// <returns>Null when there is no such layer.</returns>
    public LayerLease? TryLease(DiffId diffId)
    {
        lock (_lock)
        {
            return Contains(diffId) ? Lease(diffId) : null;
        }
    }

    /// <summary>Bytes that layers may still take: what the disk has free, without the reserve.</summary>
    public long FreeBytes() => Math.Max(0, _directory.FreeRoom().Bytes - _options.ReserveBytes);

    /// <summary>Unpacks a layer into staging/, on the calling thread, in one pass and constant memory.</summary>
    /// <param name="blob">Read to its end, since only there it can prove its own digest. Not owned.</param>
    /// <param name="expected">What the image's config names; null where there is nothing to compare with (import).</param>
    /// <param name="tarBytes">Called with the bytes of the tar seen so far, after every piece: be quick.</param>
    /// <exception cref="ContentMismatchException">The tar is not <paramref name="expected"/>.</exception>
    /// <exception cref="LayerFormatException">The compression is damaged or not supported.</exception>
    /// <exception cref="InvalidTarException">The tar is.</exception>
    /// <exception cref="RecordTooLargeException">Too much of it is not file content.</exception>
    /// <exception cref="LinuxException">The disk failed or is full (ENOSPC); names too long, and so on.</exception>
    public StagedLayer Apply(
        Stream blob, LayerCompression compression, DiffId? expected, Action<long>? tarBytes, CancellationToken cancellationToken)
        => Apply(blob, compression, expected, origin: null, tarBytes, cancellationToken);

    /// <summary>The same for a tar that is made out of layers of this store: where the file system can, whole files share their blocks with it.</summary>
    /// <param name="origin">Asked on the calling thread, once for each body that is worth it, before its first byte is used.</param>
    /// <exception cref="LayerDamagedException">A file of <paramref name="origin"/> is not what came through the tar.</exception>
    /// <inheritdoc cref="Apply(Stream, LayerCompression, DiffId?, Action{long}?, CancellationToken)"/>
    public StagedLayer Apply(
        Stream blob, LayerCompression compression, DiffId? expected, IBodyOrigin? origin, Action<long>? tarBytes, CancellationToken cancellationToken)
    {
        StagedDirectory staged = _staging.Create();
        try
        {
            using ILayerDecoder decoder = LayerDecoders.Open(blob, compression);
            using var tar = new TarDigestStream(decoder, tarBytes, cancellationToken);
            return Unpack(staged, tar, blob, expected, origin, checkpoints: null, beginning: null);
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes the layers visible and durable, all by one syncfs. Each stays leased until its <see cref="StagedLayer"/> is disposed.
    /// </summary>
    /// <param name="layers">Not committed before. One that is there already is dropped for the one that is there.</param>
    /// <exception cref="LinuxException">The disk failed; nothing of these layers is visible then, or only whole ones.</exception>
    public void Commit(IReadOnlyList<StagedLayer> layers)
    {
        if (layers.Count == 0)
        {
            return;
        }

        foreach (StagedLayer layer in layers)
        {
            WriteBlobs(layer);
        }

        // Each descriptor has seen the errors since its own layer began, and each tells an error only once: ask them all. After
        // the first there is nothing left to write.
        foreach (StagedLayer layer in layers)
        {
            layer.Directory.SyncHandle.SyncFileSystem();
        }

        CrashPoint.Hit("layer:synced");
        foreach (StagedLayer layer in layers)
        {
            MoveIntoPlace(layer);
        }

        _directory.Sync();
        CrashPoint.Hit("layer:durable");
        _staging.Directory.Sync();
        CrashPoint.Hit("layer:committed");
        Log.LayersCommitted(_logger, layers.Count);
    }

    /// <summary>Notes another compressed form of a layer, or another place where it was seen. Durable.</summary>
    /// <returns>False when there is no such layer.</returns>
    public bool AddBlob(DiffId diffId, KnownBlob blob)
    {
        lock (_lock)
        {
            if (!_directory.TryOpenDirectory(diffId.ToHex(), out DirectoryHandle? layer))
            {
                return false;
            }

            using (layer)
            {
                IReadOnlyList<KnownBlob> known = KnownBlobs.Parse(DurableFile.TryRead(layer, KnownBlobs.FileName, KnownBlobs.MaxFileLength));
                if (!known.Contains(blob))
                {
                    DurableFile.Replace(layer, KnownBlobs.FileName, KnownBlobs.ToJson(KnownBlobs.With(known, blob)));
                }

                return true;
            }
        }
    }

    /// <summary>Notes that a layer was found to be damaged, for <see cref="Verify"/> to tell until another takes its place. Durable.</summary>
    /// <param name="why">A line; what is longer than 1 KiB is cut.</param>
    /// <returns>False when there is no such layer.</returns>
    public bool MarkDamaged(DiffId diffId, string why)
    {
        lock (_lock)
        {
            if (!_directory.TryOpenDirectory(diffId.ToHex(), out DirectoryHandle? layer))
            {
                return false;
            }

            using (layer)
            {
                DamageMark.Write(layer, why);
                return true;
            }
        }
    }

    /// <returns>What <see cref="MarkDamaged"/> noted; null for a layer without such a note, and where there is no such layer.</returns>
    public string? DamageOf(DiffId diffId)
    {
        if (!_directory.TryOpenDirectory(diffId.ToHex(), out DirectoryHandle? layer))
        {
            return null;
        }

        using (layer)
        {
            return DamageMark.Read(layer);
        }
    }

    /// <summary>The exact uncompressed tar. Forward only; the caller disposes it.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such layer.</exception>
    /// <exception cref="LayerDamagedException">Now or while reading: it is damaged.</exception>
    public Stream OpenTar(DiffId diffId)
    {
        using DirectoryHandle layer = _directory.OpenDirectory(diffId.ToHex());
        LayerRecord record = LayerRecord.Open(layer);
        try
        {
            return new LayerTarStream(layer.OpenDirectory(LayerApplier.DiffName), record, $"layer {diffId}");
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>The entries of its tar, in any order. The caller disposes it.</summary>
    /// <inheritdoc cref="OpenTar"/>
    public LayerEntries OpenEntries(DiffId diffId)
    {
        LayerLease lease = TryLease(diffId) ?? throw new LinuxException("open", $"layer {diffId}", Errno.ENOENT);
        DirectoryHandle? diff = null;
        LayerRecord? record = null;
        try
        {
            using DirectoryHandle layer = _directory.OpenDirectory(diffId.ToHex());
            record = LayerRecord.Open(layer);
            diff = layer.OpenDirectory(LayerApplier.DiffName);
        }
        catch
        {
            record?.Dispose();
            lease.Dispose();
            throw;
        }

        return new LayerEntries(diff, record, lease);
    }

    /// <summary>The exact uncompressed tar, to be read at any place; cheapest in ascending order. The caller disposes it.</summary>
    /// <inheritdoc cref="OpenTar"/>
    public Stream OpenSeekableTar(DiffId diffId) => new SeekableTarStream(OpenEntries(diffId));

    /// <summary>Reads a layer against its record.</summary>
    /// <param name="deep">Also that the tar rebuilt from it has the diffID: the proof, and the only check of what is not file content.</param>
    public VerifyResult Verify(DiffId diffId, bool deep)
    {
        var problems = new List<string>();
        try
        {
            using DirectoryHandle layer = _directory.OpenDirectory(diffId.ToHex());
            using LayerRecord record = LayerRecord.Open(layer);
            using DirectoryHandle diff = layer.OpenDirectory(LayerApplier.DiffName);
            LayerVerifier.CheckFiles(diff, record, problems);
            if (deep && problems.Count == 0)
            {
                using Stream tar = OpenTar(diffId);
                LayerVerifier.CheckDigest(tar, diffId, problems);
            }

            if (DamageMark.Read(layer) is { } why)
            {
                problems.Add($"marked as damaged: {why}");
            }
        }
        catch (IOException e)
        {
            problems.Add(e.Message);
        }

        return new VerifyResult(problems);
    }

    /// <summary>Removes every layer that is neither referenced nor leased.</summary>
    /// <returns>The layers removed.</returns>
    public IReadOnlyList<DiffId> CollectUnreferenced(IReadOnlySet<DiffId> referenced)
    {
        var collected = new List<DiffId>();
        foreach (DiffId diffId in List())
        {
            if (!referenced.Contains(diffId) && TryCollect(diffId))
            {
                Log.LayerCollected(_logger, diffId);
                collected.Add(diffId);
            }
        }

        return collected;
    }

    internal void Release(DiffId diffId)
    {
        lock (_lock)
        {
            if (--_leases[diffId] == 0)
            {
                _leases.Remove(diffId);
            }
        }
    }

    private LayerLease Lease(DiffId diffId)
    {
        _leases[diffId] = _leases.GetValueOrDefault(diffId) + 1;
        return new LayerLease(this, diffId);
    }

    private bool TryCollect(DiffId diffId)
    {
        string? id;
        lock (_lock)
        {
            id = _leases.ContainsKey(diffId) ? null : _staging.TakeOut(_directory, diffId.ToHex());
        }

        if (id is not null)
        {
            _staging.Discard(id); // outside the lock: a large tree takes its time
        }

        return id is not null;
    }

    private static void WriteBlobs(StagedLayer layer)
    {
        if (layer.Blobs.Count > 0)
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = layer.Directory.Handle.CreateNew(KnownBlobs.FileName);
            FileBytes.Write(file, KnownBlobs.ToJson(layer.Blobs), 0);
        }
    }

    private void MoveIntoPlace(StagedLayer layer)
    {
        lock (_lock)
        {
            if (!Contains(layer.DiffId))
            {
                layer.Directory.MoveTo(_directory, layer.DiffId.ToHex());
                CrashPoint.Hit("layer:renamed");
            }
            else
            {
                layer.Directory.Forget();
            }

            layer.Committed(Lease(layer.DiffId));
        }
    }

    /// <param name="blob">Null where the tar has none.</param>
    private StagedLayer Unpack(
        StagedDirectory staged, TarDigestStream tar, Stream? blob, DiffId? expected, IBodyOrigin? origin, CheckpointWriter? checkpoints,
        StagedBeginning? beginning)
    {
        long start = _time.GetTimestamp();
        using var applier = new LayerApplier(staged.Handle, tar, _dialect, CheckRoom, origin, checkpoints, beginning);
        applier.Run();
        if (blob is not null)
        {
            Drain(blob, tar.Stopped);
        }

        DiffId diffId = tar.GetDiffId();
        if (expected is not null && diffId != expected)
        {
            throw ContentMismatchException.Layer(expected, diffId);
        }

        applier.Record.Complete(diffId, tar.Count, applier.Tree.Bytes, applier.Entries, keepRows: checkpoints is not null);
        Report(diffId, applier, tar.Count, _time.GetElapsedTime(start));
        CrashPoint.Hit("layer:staged");
        return new StagedLayer(staged, diffId, applier.Tree.Bytes, tar.Count, applier.Tree.TakenOver);
    }

    /// <summary>A blob stream that verifies itself does so when its end is read.</summary>
    private static void Drain(Stream blob, CancellationToken cancellationToken)
    {
        Span<byte> rest = stackalloc byte[4096];
        while (blob.Read(rest) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void CheckRoom()
    {
        if (!HasRoom())
        {
            DropResumable(); // what may never be gone on with is the first to go
        }

        if (!HasRoom())
        {
            throw new LinuxException("write", $"layer below {_options.DataRoot}", Errno.ENOSPC);
        }
    }

    private bool HasRoom()
    {
        (long bytes, long inodes) = _directory.FreeRoom();
        return bytes >= _options.ReserveBytes && inodes > 0;
    }

    private void Report(DiffId diffId, LayerApplier applier, long bytes, TimeSpan elapsed)
    {
        Log.LayerApplied(_logger, diffId, applier.Entries, bytes, elapsed);
        if (applier.Tree.IgnoredXattrs > 0)
        {
            Log.XattrsIgnored(_logger, diffId, applier.Tree.IgnoredXattrs, applier.Tree.FirstIgnoredXattr);
        }
    }
}
