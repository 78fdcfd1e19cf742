using Coracle.Linux;
using Coracle.Oci;
using Coracle.Tar;

namespace Coracle.Storage;

// Layers whose making goes on where a kill, a power cut or a lost connection ended it.
public sealed partial class LayerStore
{
    /// <summary>
    /// As Apply, of a tar that can be begun again at some of its places: what an earlier call under the same key has unpacked is not made
    /// again, but read once, checked and moved over.
    /// </summary>
    /// <param name="key">Of what the tar is made of (a delta's digest, say): the same key, the same tar. A second call under it while one is under way begins at zero and leaves nothing.</param>
    /// <param name="open">Opens the tar from this place on; null is its beginning. Called a second time, with null, when what was left is of no use after all.</param>
    /// <param name="origin">As Apply's; not asked for bodies that begin before the place where the tar was begun.</param>
    /// <param name="tarBytes">As Apply's: bytes of the whole tar, the part from the disk included.</param>
    /// <remarks>
    /// Left behind for the next call: whenever this one ends with anything but a layer or the proof that the tar is wrong, and until the layer
    /// is settled (<see cref="Settle"/>). What an earlier call left stays as it is until this one has come as far.
    /// </remarks>
    /// <inheritdoc cref="Apply(Stream, LayerCompression, DiffId?, IBodyOrigin?, Action{long}?, CancellationToken)"/>
    public StagedLayer ApplyResumable(
        Digest key, Func<RestartPoint?, IRestartableTar> open, DiffId? expected, IBodyOrigin? origin, Action<long>? tarBytes,
        CancellationToken cancellationToken)
    {
        if (!_resumable.TryLease(key))
        {
            return ApplyOnce(open(null), expected, origin, tarBytes, cancellationToken);
        }

        Checkpoint? checkpoint = _resumable.Find(key);
        if (checkpoint is not null)
        {
            try
            {
                return ApplyFrom(checkpoint, key, open, expected, origin, tarBytes, cancellationToken);
            }
            catch (Exception e) when (e is ResumeFailedException or ContentMismatchException or InvalidTarException)
            {
                Log.ResumeFailed(_logger, key, e.Message);
            }

            if (!_resumable.TryLease(key))
            {
                return ApplyOnce(open(null), expected, origin, tarBytes, cancellationToken);
            }
        }

        return ApplyFrom(checkpoint: null, key, open, expected, origin, tarBytes, cancellationToken);
    }

    /// <summary>For whoever finds that what is made under a key can never become a layer.</summary>
    public void ForgetResumable(Digest key) => _resumable.Drop(key);

    /// <summary>Something refers to these layers now, durably: what the next call would have needed of them is removed.</summary>
    public void Settle(IReadOnlyList<DiffId> layers)
    {
        foreach (DiffId diffId in layers)
        {
            RemoveCheckpoints(diffId);
        }
    }

    /// <summary>
    /// Start-up: removes every layer that is not referenced, but for those that were committed and not settled. A kill came before their image
    /// was recorded; the next call finds them as if it had come before their commit.
    /// </summary>
    public void Recover(IReadOnlySet<DiffId> referenced)
    {
        foreach (DiffId diffId in List())
        {
            if (referenced.Contains(diffId))
            {
                RemoveCheckpoints(diffId);
            }
            else if (!TryGiveBack(diffId) && TryCollect(diffId))
            {
                Log.LayerCollected(_logger, diffId);
            }
        }
    }

    /// <summary>Bytes that interrupted <see cref="ApplyResumable"/>s have left for the next call.</summary>
    public long ResumableBytes() => _resumable.Bytes();

    /// <summary>Removes them, but for those that somebody is going on with. Also done when room runs out.</summary>
    public void DropResumable() => _resumable.Drop();

    private StagedLayer ApplyOnce(
        IRestartableTar tar, DiffId? expected, IBodyOrigin? origin, Action<long>? tarBytes, CancellationToken cancellationToken)
    {
        using IRestartableTar owned = tar;
        using var source = new RestartingTar(tar, beginning: null);
        StagedDirectory staged = _staging.Create();
        try
        {
            using var digest = new TarDigestStream(source, tarBytes, cancellationToken);
            return Unpack(staged, digest, blob: null, expected, origin, checkpoints: null, beginning: null);
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    /// <param name="key">Leased; the lease ends with the layer, or here when there is none.</param>
    private StagedLayer ApplyFrom(
        Checkpoint? checkpoint, Digest key, Func<RestartPoint?, IRestartableTar> open, DiffId? expected, IBodyOrigin? origin,
        Action<long>? tarBytes, CancellationToken cancellationToken)
    {
        IRestartableTar tar;
        StagedDirectory staged;
        try
        {
            // Before anything is touched: a registry that cannot be reached takes nothing of what is there.
            tar = open(checkpoint?.Point);
            staged = _resumable.Create(key, isBesides: checkpoint is not null);
        }
        catch
        {
            _resumable.Release(key);
            throw;
        }

        return Unpack(staged, tar, checkpoint, key, expected, origin, tarBytes, cancellationToken);
    }

    private StagedLayer Unpack(
        StagedDirectory staged, IRestartableTar tar, Checkpoint? checkpoint, Digest key, DiffId? expected, IBodyOrigin? origin,
        Action<long>? tarBytes, CancellationToken cancellationToken)
    {
        CheckpointWriter? checkpoints = null;
        try
        {
            using IRestartableTar owned = tar;
            using StagedBeginning? beginning = checkpoint is null ? null : StagedBeginning.Open(_staging.Directory, key.ToHex(), checkpoint);
            using var source = new RestartingTar(tar, beginning);
            checkpoints = new CheckpointWriter(staged, _resumable.Boot, key, source);
            using var digest = new TarDigestStream(source, tarBytes, cancellationToken);
            StagedLayer layer = Unpack(staged, digest, blob: null, expected, origin, checkpoints, beginning);
            KeepIfAny(staged, checkpoints);
            return layer;
        }
        catch (Exception e)
        {
            if (!IsFinal(e))
            {
                KeepIfAny(staged, checkpoints);
            }

            staged.Dispose();
            throw;
        }
    }

    private static void KeepIfAny(StagedDirectory staged, CheckpointWriter? checkpoints)
    {
        if (checkpoints is { Any: true })
        {
            staged.Keep();
        }
    }

    /// <summary>With what is there nobody will ever go on; or the disk has no room for it.</summary>
    private static bool IsFinal(Exception e)
        => e is ResumeFailedException or ContentMismatchException or InvalidTarException or RecordTooLargeException or LayerFormatException
            or LayerDamagedException or LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT };

    /// <returns>False where the layer was settled, or nobody could go on with it.</returns>
    private bool TryGiveBack(DiffId diffId)
    {
        using DirectoryHandle layer = _directory.OpenDirectory(diffId.ToHex());
        if (Checkpoint.FindKey(layer) is not { } key || Checkpoint.TryRead(layer, _resumable.Boot, key) is null || _staging.Directory.Exists(key.ToHex()))
        {
            return false;
        }

        _directory.Rename(diffId.ToHex(), _staging.Directory, key.ToHex());
        _staging.Directory.Sync();
        _directory.Sync();
        return true;
    }

    private void RemoveCheckpoints(DiffId diffId)
    {
        if (_directory.TryOpenDirectory(diffId.ToHex(), out DirectoryHandle? layer))
        {
            using (layer)
            {
                foreach (string name in Checkpoint.Names)
                {
                    layer.RemoveIfPresent(name);
                }

                layer.RemoveIfPresent(Checkpoint.DurableName);
                layer.RemoveIfPresent(RecordWriter.RowsName); // last: a checkpoint without its rows is none
            }
        }
    }
}
