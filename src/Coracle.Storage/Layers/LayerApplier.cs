using Coracle.Linux;
using Coracle.Tar;

namespace Coracle.Storage;

/// <summary>Unpacks one layer into a directory of staging/ and writes its record beside it, in one pass over the tar.</summary>
/// <remarks>
/// One thread, blocking. Memory: the tar window (128 KiB), the record's frame and zstd's tables (under 1 MiB), up to 256 open
/// files; nothing grows with the layer but 16 bytes per 128 KiB of headers.
/// </remarks>
internal sealed class LayerApplier : IDisposable
{
    public const string DiffName = "diff";

    /// <summary>Octal 0755: a lower directory's own mode is what a container sees as the mode of "/".</summary>
    private const int RootMode = 0x1ED;

    private readonly DirectoryHandle _diff;
    private readonly DisplacedFiles _displaced;
    private readonly WriteBehind _behind;
    private readonly TreeWriter _tree;
    private readonly RecordWriter _record;
    private readonly TarDigestStream _tar;
    private readonly TarReader _reader;
    private readonly CheckpointWriter? _checkpoints;

    /// <param name="staged">Of this layer alone; not owned, nor is the tar.</param>
    /// <param name="checkRoom">Called every 16 MiB; throws ENOSPC when the layer must stop.</param>
    /// <param name="origin">Knows files that the tar's bodies were made of; null where nobody does.</param>
    /// <param name="checkpoints">Told of everything that is done; null where nobody could go on from there.</param>
    /// <param name="beginning">Has files of this very layer; null for one that begins at zero. Neither is owned.</param>
    public LayerApplier(
        DirectoryHandle staged, TarDigestStream tar, OverlayDialect dialect, Action checkRoom, IBodyOrigin? origin = null, CheckpointWriter? checkpoints = null,
        StagedBeginning? beginning = null)
    {
        _diff = staged.CreateDirectory(DiffName);
        _diff.SetItsMode(RootMode);
        _displaced = new DisplacedFiles(staged);
        _behind = new WriteBehind(checkRoom);
        _record = new RecordWriter(staged);
        _checkpoints = checkpoints;
        _tree = new TreeWriter(_diff, _displaced, dialect, _behind, origin, beginning)
        {
            Progress = checkpoints is null ? null : written => checkpoints.Wrote(_record, written),
        };
        _tar = tar;
        _reader = new TarReader(tar) { IsPrompt = checkpoints is not null };
    }

    public long Entries { get; private set; }

    public TreeWriter Tree => _tree;

    public RecordWriter Record => _record;

    /// <summary>Reads the tar to its very end. Afterwards everything is in staging/, but nothing is durable.</summary>
    public void Run()
    {
        while (_reader.MoveNext())
        {
            Apply();
            Entries++;
        }

        _record.Frames.Write(_reader.RawBytes);
        for (ReadOnlySpan<byte> piece = _reader.ReadTrailer(); !piece.IsEmpty; piece = _reader.ReadTrailer())
        {
            _record.Frames.Write(piece);
        }

        _record.EndStructure();
        CrashPoint.Hit("layer:unpacked");
        if (_displaced.Any)
        {
            new KeptBodies(_diff, _record, _tar.Count, _tar.Stopped).Keep(_displaced.Directory);
            _displaced.Dispose();
        }

        if (_tree.HasDirectories)
        {
            using RecordReader record = _record.ReadBack("layer being written");
            DirectoryTimes.Set(_diff, record);
        }

        _behind.Flush();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _tree.Dispose();
        _behind.Dispose();
        _record.Dispose();
        _displaced.Dispose();
        _diff.Dispose();
    }

    private void Apply()
    {
        ReadOnlySpan<byte> raw = _reader.RawBytes;
        long padding = raw.Length - (_reader.BodyOffset - _reader.HeaderOffset);
        long headerAt = _record.Frames.Position + padding;
        _record.Frames.Write(raw);
        _record.HasSparse |= _reader.Entry.Sparse is not null;
        _checkpoints?.Begin(headerAt, _reader.BodyOffset, _reader.Entry.Size);
        if (_tree.Write(_reader, out UInt128 hash))
        {
            _record.Add(new RecordRow(headerAt, _reader.BodyOffset, _reader.Entry.Size, hash, KeptAt: 0));
        }

        for (ReadOnlySpan<byte> piece = _reader.ReadBody(); !piece.IsEmpty; piece = _reader.ReadBody())
        {
            _record.Frames.Write(piece);
        }

        _checkpoints?.End(_record);
    }
}
