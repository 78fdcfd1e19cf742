using Coracle.Linux;
using Coracle.Oci;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>Writes a layer record while the tar goes by, in a directory of staging/.</summary>
/// <remarks>
/// The rows go to a file of their own first, since the frames are still growing; <see cref="Complete"/> puts them behind the
/// frames. Until then a row can be changed. Memory does not depend on the number of entries, but for 16 bytes a frame.
/// </remarks>
internal sealed class RecordWriter : IDisposable
{
    public const string FileName = "record";
    public const string RowsName = "rows";
    private const int BufferedRows = 256;

    private readonly DirectoryHandle _directory;
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _rowsFile;
    private readonly byte[] _rows = new byte[BufferedRows * RecordFormat.RowLength];
    private long _rowsWritten;
    private int _rowsBuffered;
    private long _structureLength;

    /// <param name="directory">Not owned.</param>
    public RecordWriter(DirectoryHandle directory)
    {
        _directory = directory;
        _file = directory.OpenReadWrite(FileName);
        _rowsFile = directory.OpenReadWrite(RowsName);
        Frames = new FrameWriter(_file);
    }

    public FrameWriter Frames { get; }

    /// <summary>An entry of the tar is sparse.</summary>
    public bool HasSparse { get; set; }

    public long RowCount => _rowsWritten + _rowsBuffered;

    public void Add(in RecordRow row)
    {
        if (_rowsBuffered == BufferedRows)
        {
            FlushRows();
        }

        row.WriteTo(_rows.AsSpan(_rowsBuffered * RecordFormat.RowLength));
        _rowsBuffered++;
    }

    /// <summary>Changes a row that has been added. Only after <see cref="EndStructure"/>.</summary>
    public void Change(long index, in RecordRow row)
    {
        Span<byte> bytes = stackalloc byte[RecordFormat.RowLength];
        row.WriteTo(bytes);
        FileBytes.Write(_rowsFile, bytes, index * RecordFormat.RowLength);
    }

    /// <summary>The tar is over: what is written to the frames from now on are kept bodies.</summary>
    public void EndStructure()
    {
        _structureLength = Frames.Position;
        Frames.Flush();
        FlushRows();
    }

    /// <summary>Puts everything that has been added into the files, so that <see cref="Checkpoint"/>s can speak of it.</summary>
    public void FlushAll()
    {
        Frames.Flush();
        FlushRows();
    }

    /// <summary>Reads back what has been written, after <see cref="EndStructure"/>. Ends with its own dispose, not the file's.</summary>
    public RecordReader ReadBack(string label)
        => new(_file, Frames.Table, new RowReader(_rowsFile, 0, RowCount), _structureLength, label);

    /// <summary>Puts everything into the one file. Not durable yet: the commit's syncfs makes it so.</summary>
    /// <param name="keepRows">Checkpoints need the rows' own file until the commit.</param>
    public void Complete(DiffId diffId, long tarLength, long fileBytes, long entryCount, bool keepRows = false)
    {
        Frames.Flush();
        (long contentLength, long framesEnd) = Frames.Table.End;
        byte[] table = Frames.Table.ToBytes();
        FileBytes.Write(_file, table, framesEnd);
        long rowsAt = framesEnd + table.Length;
        CopyRows(rowsAt);
        var header = new RecordHeader(
            diffId, tarLength, _structureLength, contentLength, framesEnd, Frames.Table.Count, rowsAt, RowCount, fileBytes, entryCount,
            HasSparse ? RecordFormat.VersionWithSparse : RecordFormat.Version);
        Span<byte> bytes = stackalloc byte[RecordFormat.HeaderLength];
        header.WriteTo(bytes);
        FileBytes.Write(_file, bytes, 0);
        if (!keepRows)
        {
            _directory.RemoveFile(RowsName);
        }

        PageCache.StartWriting(_file, 0, 0);
    }

    public void Dispose()
    {
        Frames.Dispose();
        _file.Dispose();
        _rowsFile.Dispose();
    }

    private void FlushRows()
    {
        FileBytes.Write(_rowsFile, _rows.AsSpan(0, _rowsBuffered * RecordFormat.RowLength), _rowsWritten * RecordFormat.RowLength);
        _rowsWritten += _rowsBuffered;
        _rowsBuffered = 0;
    }

    private void CopyRows(long rowsAt)
    {
        long length = RowCount * RecordFormat.RowLength;
        for (long at = 0; at < length;)
        {
            int read = FileBytes.Read(_rowsFile, _rows, at);
            FileBytes.Write(_file, _rows.AsSpan(0, read), rowsAt + at);
            at += read;
        }
    }
}
