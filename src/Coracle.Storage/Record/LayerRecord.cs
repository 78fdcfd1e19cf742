using Coracle.Linux;
using Coracle.Oci;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>The record of a committed layer, open. Format: docs/formats/layer-record.md.</summary>
internal sealed class LayerRecord : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly FrameTable _frames;
    private readonly string _label;
    private SafeFileHandle? _rowsFile;
    private RecordRow _openRow;

    private LayerRecord(SafeFileHandle file, RecordHeader header, FrameTable frames, string label)
        => (_file, Header, _frames, _label) = (file, header, frames, label);

    public RecordHeader Header { get; }

    /// <param name="layer">The layer's directory.</param>
    /// <exception cref="LayerDamagedException">There is none, or it is damaged or too new.</exception>
    public static LayerRecord Open(DirectoryHandle layer)
    {
        string label = $"layer {layer}";
        if (!layer.TryOpenRead(RecordWriter.FileName, out SafeFileHandle? file))
        {
            throw new LayerDamagedException($"{label} has no record");
        }

        try
        {
            RecordHeader header = ReadHeader(file, label);
            return header.Fits(RandomAccess.GetLength(file))
                ? new LayerRecord(file, header, ReadFrameTable(file, header, label), label)
                : throw new LayerDamagedException($"{label}: its record's header does not fit its file");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Only the figures; two calls to the kernel.</summary>
    /// <inheritdoc cref="Open"/>
    public static RecordHeader ReadHeader(DirectoryHandle layer)
    {
        if (!layer.TryOpenRead(RecordWriter.FileName, out SafeFileHandle? file))
        {
            throw new LayerDamagedException($"layer {layer} has no record");
        }

        using (file)
        {
            return ReadHeader(file, $"layer {layer}");
        }
    }

    /// <summary>The beginning of a record that is being written, as far as its checkpoint says.</summary>
    /// <param name="staged">The layer's directory in staging/.</param>
    /// <exception cref="LayerDamagedException">There is less than that.</exception>
    public static LayerRecord OpenUnfinished(DirectoryHandle staged, Checkpoint checkpoint)
    {
        string label = $"staged {staged}";
        SafeFileHandle? rows = null;
        SafeFileHandle? file = null;
        if (!staged.TryOpenRead(RecordWriter.RowsName, out rows) || RandomAccess.GetLength(rows) / RecordFormat.RowLength < checkpoint.RowCount
            || !staged.TryOpenRead(RecordWriter.FileName, out file))
        {
            rows?.Dispose();
            throw new LayerDamagedException($"{label}: its record is cut short");
        }

        (long content, long end) = checkpoint.Frames.End;
        var header = new RecordHeader(
            new DiffId(new Digest(new byte[Digest.ByteLength])), long.MaxValue, content, content, end, checkpoint.Frames.Count, 0, checkpoint.RowCount, 0, 0);
        return new LayerRecord(file, header, checkpoint.Frames, label) { _rowsFile = rows, _openRow = checkpoint.OpenRow };
    }

    public RecordReader Read() => new(_file, _frames, ReadRows(), Header.StructureLength, _label, _openRow);

    public RowReader ReadRows() => new(_rowsFile ?? _file, Header.RowsAt, Header.RowCount);

    /// <summary>All content of the frames, kept bodies included.</summary>
    public Stream OpenContent() => new FrameStream(_file, _frames, Header.ContentLength, _label);

    public void Dispose()
    {
        _file.Dispose();
        _rowsFile?.Dispose();
    }

    private static RecordHeader ReadHeader(SafeFileHandle file, string label)
    {
        Span<byte> bytes = stackalloc byte[RecordFormat.HeaderLength];
        int read = FileBytes.Read(file, bytes, 0);
        return RecordHeader.ReadFrom(bytes[..read], label);
    }

    private static FrameTable ReadFrameTable(SafeFileHandle file, RecordHeader header, string label)
    {
        byte[] table = new byte[header.FrameCount * RecordFormat.FrameRowLength];
        try
        {
            FileBytes.ReadExactly(file, table, header.FrameTableAt);
        }
        catch (EndOfStreamException e)
        {
            throw new LayerDamagedException($"{label}: its record is cut short", e);
        }

        return FrameTable.Parse(table, (header.ContentLength, header.FrameTableAt), label);
    }
}
