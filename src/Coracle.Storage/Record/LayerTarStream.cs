using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>The exact uncompressed tar of a layer, put together again from its record and its files.</summary>
/// <remarks>
/// Read once, front to back. What it gives is checked for length only; who needs proof hashes it against the diffID
/// (<see cref="LayerStore.Verify"/> does). Memory: one frame and one tar window.
/// </remarks>
internal sealed class LayerTarStream : BlockingReadStream
{
    /// <summary>Far beyond read-ahead, far below what anybody would miss.</summary>
    private const long DropBytes = 4 * 1024 * 1024;

    private enum Part
    {
        Raw,
        Body,
        BodyInRecord,
        Trailer,
    }

    private readonly DirectoryHandle _diff;
    private readonly LayerRecord _record;
    private readonly RecordReader _reader;
    private readonly LayerPath _path = new();
    private readonly string _label;
    private Part _part = Part.Raw;
    private bool _hasEntry;
    private int _rawGiven;
    private ReadOnlyMemory<byte> _piece;
    private SafeFileHandle? _file;
    private Stream? _source;
    private long _bodyGiven;
    private long _dropped;

    /// <param name="diff">Owned from now on, as is the record.</param>
    public LayerTarStream(DirectoryHandle diff, LayerRecord record, string label)
    {
        (_diff, _record, _label) = (diff, record, label);
        try
        {
            _reader = record.Read();
            _hasEntry = _reader.MoveNext();
        }
        catch
        {
            _reader?.Dispose();
            diff.Dispose();
            throw;
        }
    }

    public override long Length => _record.Header.TarLength;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int read = _part switch
            {
                Part.Raw => ReadRaw(buffer),
                Part.Body => ReadBody(buffer),
                Part.BodyInRecord => ReadPieces(buffer, trailer: false),
                _ => ReadPieces(buffer, trailer: true),
            };
            if (read > 0)
            {
                Position += read;
                return read;
            }

            if (!Advance())
            {
                break;
            }
        }

        return buffer.IsEmpty || Position == Length ? 0 : throw Damaged($"the tar ends at {Position} of {Length}");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            CloseBody();
            _reader.Dispose();
            _record.Dispose();
            _diff.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <returns>False when there is nothing more.</returns>
    private bool Advance()
    {
        switch (_part)
        {
            case Part.Raw when !_hasEntry:
                _part = Part.Trailer;
                return true;
            case Part.Raw:
                _part = _reader.HasRow ? Part.Body : Part.BodyInRecord;
                OpenBody();
                return true;
            case Part.Trailer:
                return false;
            default:
                CloseBody();
                _hasEntry = _reader.MoveNext();
                (_part, _rawGiven) = (Part.Raw, 0);
                return true;
        }
    }

    private int ReadRaw(Span<byte> buffer)
    {
        ReadOnlySpan<byte> rest = _reader.Tar.RawBytes[_rawGiven..];
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _rawGiven += count;
        return count;
    }

    private int ReadBody(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, _reader.Row.Length - _bodyGiven);
        if (wanted == 0)
        {
            return 0;
        }

        int read = _source is not null ? _source.Read(buffer[..wanted]) : FileBytes.Read(_file!, buffer[..wanted], _bodyGiven);
        _bodyGiven += read;
        DropBehind();
        return read > 0 ? read : throw Damaged($"{Tar.InvalidTarException.Show(_path.Path)} is shorter than it was");
    }

    /// <summary>A large file leaves the page cache while it is read, not only at its end: it may be larger than the machine's memory.</summary>
    private void DropBehind()
    {
        if (_file is not null && _bodyGiven - _dropped >= DropBytes)
        {
            bool isSparse = _source is not null;
            PageCache.Drop(_file, isSparse ? 0 : _dropped, isSparse ? 0 : _bodyGiven - _dropped);
            _dropped = _bodyGiven;
        }
    }

    /// <summary>Bodies and trailer that the record holds itself come in pieces of the reader's window.</summary>
    private int ReadPieces(Span<byte> buffer, bool trailer)
    {
        if (_piece.IsEmpty)
        {
            ReadOnlySpan<byte> next = NextPiece(trailer);
            int direct = Math.Min(next.Length, buffer.Length);
            next[..direct].CopyTo(buffer);
            _piece = next[direct..].ToArray();
            return direct;
        }

        int count = Math.Min(_piece.Length, buffer.Length);
        _piece.Span[..count].CopyTo(buffer);
        _piece = _piece[count..];
        return count;
    }

    private ReadOnlySpan<byte> NextPiece(bool trailer)
    {
        try
        {
            return trailer ? _reader.Tar.ReadTrailer() : _reader.Tar.ReadBody();
        }
        catch (Tar.InvalidTarException e)
        {
            throw Damaged(e.Message);
        }
    }

    private void OpenBody()
    {
        _bodyGiven = _dropped = 0;
        if (!_reader.HasRow)
        {
            return;
        }

        _path.Set(_reader.Entry.Name.Span);
        if (_reader.Row.KeptAt > Math.Max(0, _record.Header.ContentLength - _reader.Row.Length))
        {
            throw Damaged($"its record's row {_reader.RowIndex} is damaged");
        }

        if (_reader.Row.KeptAt > 0)
        {
            _source = _record.OpenContent();
            _source.Position = _reader.Row.KeptAt;
        }
        else if (!LayerFiles.TryOpen(_diff, _path.Path, out _file))
        {
            throw Damaged($"{Tar.InvalidTarException.Show(_path.Path)} is missing");
        }
        else if (_reader.Entry.Sparse is { } map)
        {
            _source = new PackedFileStream(_file, map);
        }
    }

    private void CloseBody()
    {
        if (_file is not null && _bodyGiven > 0)
        {
            PageCache.Drop(_file, 0, 0);
        }

        _file?.Dispose();
        _source?.Dispose();
        (_file, _source) = (null, null);
    }

    private LayerDamagedException Damaged(string problem) => new($"{_label}: {problem}");
}
