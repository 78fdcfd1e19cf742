using Coracle.Linux;
using Coracle.Oci;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>Notes beside a layer that is being applied how far it has come, wherever its tar can be begun again.</summary>
/// <remarks>
/// A note costs a frame of the record that ends early and some hundred bytes of page cache; it is good for a kill. Every
/// <see cref="DurableBytes"/> one syncfs makes one good for a power cut.
/// </remarks>
internal sealed class CheckpointWriter(StagedDirectory staged, Guid boot, Digest key, RestartingTar tar)
{
    /// <summary>Bytes of the tar between two durable checkpoints: what a power cut may cost.</summary>
    private const long DurableBytes = 32 * 1024 * 1024;

    /// <summary>Bytes of the tar between two checkpoints at least: none is worth less.</summary>
    private const long Spacing = 256 * 1024;

    private RecordRow _open;
    private long _lastAt = -Spacing;
    private long _durableAt;
    private int _written;

    /// <summary>There is something to go on from, and it is under the key.</summary>
    public bool Any { get; private set; }

    /// <summary>An entry begins whose body may become a file.</summary>
    public void Begin(long headerAt, long bodyAt, long size) => _open = new RecordRow(headerAt, bodyAt, size, default, KeptAt: 0);

    /// <summary>So many bytes of its body are in its file.</summary>
    public void Wrote(RecordWriter record, long written) => Look(record, _open.BodyAt + written, written > 0 ? _open : default);

    /// <summary>The entry is complete, and so are record and files up to the end of its body. The padding behind it needs no keeping: <see cref="StagedBeginning"/>.</summary>
    public void End(RecordWriter record) => Look(record, _open.BodyAt + _open.Length + (-_open.Length & (StagedBeginning.BlockLength - 1)), default);

    private void Look(RecordWriter record, long tarAt, in RecordRow open)
    {
        if (tar.Next is not { } point || point.TarAt > tarAt)
        {
            return;
        }

        tar.PassNext();
        if (point.TarAt - _lastAt >= Spacing && point.TarAt > 0)
        {
            record.FlushAll();
            if (record.Frames.Table.Count <= Checkpoint.MaxFrames)
            {
                Write(Checkpoint.ToBytes(boot, key, point, record.Frames.Table, record.RowCount, open), point.TarAt);
            }
        }
    }

    private void Write(byte[] checkpoint, long tarAt)
    {
        using (SafeFileHandle file = staged.Handle.OpenReadWrite(Checkpoint.Names[_written++ % Checkpoint.Names.Length]))
        {
            FileBytes.Write(file, checkpoint, 0);
            FileBytes.SetLength(file, checkpoint.Length);
        }

        _lastAt = tarAt;
        if (tarAt - _durableAt >= DurableBytes)
        {
            staged.SyncHandle.SyncFileSystem();
            DurableFile.Replace(staged.Handle, Checkpoint.DurableName, checkpoint);
            _durableAt = tarAt;
        }

        // Only now: up to here an earlier run's directory, which is as far, was the better one.
        staged.TakeName(key.ToHex());
        Any = true;
    }
}
