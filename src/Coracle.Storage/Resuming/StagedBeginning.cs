using Coracle.Linux;
using Coracle.Tar;

namespace Coracle.Storage;

/// <summary>
/// What an earlier run has unpacked of a layer: it gives the beginning of the tar once more, and then its files themselves, which get a
/// second name instead of being written again. Nothing of it changes: whoever is killed here leaves it to the next.
/// </summary>
/// <remarks>
/// Everything is read through: so the digest of the tar is of what is on the disk, and a file is taken only after its bytes
/// had the XXH128 of its row. Blocking, one thread.
/// </remarks>
internal sealed class StagedBeginning : IDisposable
{
    /// <summary>Of a tar: bodies are padded to it.</summary>
    public const int BlockLength = 512;

    private readonly DirectoryHandle _diff;
    private readonly LayerRecord _rowsOwner;
    private readonly RowReader _rows;
    private readonly LayerTarStream _tar;
    private bool _rowIsNext;

    private StagedBeginning(DirectoryHandle staged, Checkpoint checkpoint)
    {
        Point = checkpoint.Point;
        _diff = staged.OpenDirectory(LayerApplier.DiffName);
        LayerRecord? record = null;
        try
        {
            _rowsOwner = LayerRecord.OpenUnfinished(staged, checkpoint);
            _rows = _rowsOwner.ReadRows();
            _rowIsNext = _rows.MoveNext();
            record = LayerRecord.OpenUnfinished(staged, checkpoint);
            _tar = new LayerTarStream(staged.OpenDirectory(LayerApplier.DiffName), record, "what an earlier run left");
        }
        catch
        {
            record?.Dispose();
            _rowsOwner?.Dispose();
            _diff.Dispose();
            throw;
        }
    }

    /// <summary>Where the beginning ends.</summary>
    public RestartPoint Point { get; }

    /// <exception cref="ResumeFailedException">What is there is no beginning of anything.</exception>
    public static StagedBeginning Open(DirectoryHandle staging, string id, Checkpoint checkpoint)
    {
        try
        {
            using DirectoryHandle staged = staging.OpenDirectory(id);
            return new StagedBeginning(staged, checkpoint);
        }
        catch (IOException e)
        {
            throw new ResumeFailedException(e.Message, e);
        }
    }

    /// <param name="bytes">No more than there are before <see cref="Point"/>.</param>
    /// <exception cref="ResumeFailedException">It is damaged.</exception>
    public int Read(Span<byte> bytes)
    {
        try
        {
            int read = _tar.Read(bytes);
            return read > 0 ? read : throw new ResumeFailedException("what an earlier run left ends too soon");
        }
        catch (LayerDamagedException) when (Point.TarAt - _tar.Position < BlockLength)
        {
            // Padding stands in the record with the headers behind it, which may have been in the next segment. Were it no zeros, the diffID would say so.
            bytes.Clear();
            return bytes.Length;
        }
        catch (Exception e) when (e is LayerDamagedException or LinuxException)
        {
            throw new ResumeFailedException(e.Message, e);
        }
    }

    /// <summary>Whether there is a whole file of this body. In the order of the tar.</summary>
    /// <exception cref="ResumeFailedException">The rows cannot be read.</exception>
    public bool HasFile(long bodyAt, long length, out UInt128 hash)
    {
        try
        {
            while (_rowIsNext && _rows.Current.BodyAt < bodyAt)
            {
                _rowIsNext = _rows.MoveNext();
            }
        }
        catch (IOException e)
        {
            throw new ResumeFailedException(e.Message, e);
        }

        hash = _rows.Current.Hash;
        return _rowIsNext && _rows.Current.BodyAt == bodyAt && _rows.Current.Length == length && _rows.Current.KeptAt == 0;
    }

    /// <summary>Gives the file its new place as well, instead of what is there; the one name goes with this directory, once it is outdone.</summary>
    /// <param name="path">Of the file in either tree.</param>
    /// <exception cref="ResumeFailedException">It is gone, or has as many names as it can have.</exception>
    public void Share(ReadOnlySpan<byte> path, DirectoryHandle parent, ReadOnlySpan<byte> leaf)
    {
        try
        {
            using DirectoryHandle from = _diff.OpenParent(path, out ReadOnlySpan<byte> name);
            parent.RemoveFile(leaf);
            parent.MakeHardLink(leaf, from, name);
        }
        catch (LinuxException e)
        {
            throw new ResumeFailedException($"{InvalidTarException.Show(path)}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        _tar.Dispose();
        _rowsOwner.Dispose();
        _diff.Dispose();
    }
}
