using System.Diagnostics.CodeAnalysis;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>A committed layer as the entries of its tar, in any order. It keeps the layer from the collector while it is open.</summary>
/// <remarks>
/// <para>Neighbours are cheap to go to, in both directions; any other entry costs a walk over at most 63 headers. Opening walks over
/// all of them once. What it gives is checked for length only (<see cref="StoredEntry.Hash"/> is there to check more). Not thread-safe.</para>
/// <para>Memory: two frames and their decompressors (under 1 MiB), a tar window, 24 bytes for 64 entries. One file is open: the last body's.</para>
/// </remarks>
public sealed class LayerEntries : IDisposable
{
    private readonly DirectoryHandle _diff;
    private readonly LayerRecord _record;
    private readonly LayerLease _lease;
    private readonly RecordCursor _cursor;
    private readonly LayerPath _path = new();
    private readonly string _label;
    private Stream? _content;
    private StoredBody? _body;

    /// <param name="diff">Owned from now on, as are the others.</param>
    internal LayerEntries(DirectoryHandle diff, LayerRecord record, LayerLease lease)
    {
        (_diff, _record, _lease) = (diff, record, lease);
        _label = $"layer {lease.DiffId}";
        try
        {
            _cursor = new RecordCursor(record, _label);
        }
        catch
        {
            diff.Dispose();
            record.Dispose();
            lease.Dispose();
            throw;
        }
    }

    public DiffId DiffId => _lease.DiffId;

    /// <summary>Bytes of the whole tar.</summary>
    public long TarLength => _record.Header.TarLength;

    /// <summary>As a reader of tars counts them: extended headers belong to the entry behind them.</summary>
    public long EntryCount => _record.Header.EntryCount;

    /// <summary>What follows the last entry's padding, in bytes.</summary>
    public long TrailerLength => _record.Header.StructureLength - _cursor.TrailerAt;

    /// <param name="index">0 to <see cref="EntryCount"/> - 1; others are an <see cref="ArgumentOutOfRangeException"/>.</param>
    /// <returns>Valid until the next call.</returns>
    /// <exception cref="LayerDamagedException">The record cannot be read.</exception>
    public StoredEntry this[long index]
    {
        get
        {
            GoTo(index);
            return new StoredEntry(_cursor.Headers, _cursor.Entry.Size, _cursor.HasRow ? _cursor.Row.Hash : null);
        }
    }

    /// <summary>Its name as the tar has it: bytes, not text, and not cleaned. Valid until the next call.</summary>
    /// <exception cref="LayerDamagedException">The record cannot be read.</exception>
    public ReadOnlyMemory<byte> NameAt(long index)
    {
        GoTo(index);
        return _cursor.Entry.Name;
    }

    /// <summary>Bytes of the entry's body as the tar has it (a sparse file's regions, one after the other; no padding).</summary>
    /// <returns>0 at its end only.</returns>
    /// <exception cref="LayerDamagedException">Its file is missing, shorter than it was, or cannot be read; the record cannot be read.</exception>
    public int ReadBody(long index, long offset, Span<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            StoredBody open = _body?.Index == index ? _body : OpenBody(index);
            int wanted = (int)Math.Clamp(open.Length - offset, 0, body.Length);
            int read = wanted == 0 ? 0 : open.Read(offset, body[..wanted]);
            return read > 0 || wanted == 0 ? read : throw Damaged($"{NameOf(index)} is shorter than it was");
        }
        catch (LinuxException e)
        {
            throw Damaged($"{NameOf(index)}: {e.Message}", e);
        }
    }

    /// <summary>The file in diff/ that is the entry's whole body, for <see cref="IBodyOrigin"/>.</summary>
    /// <param name="file">Open for reading, owned by the caller.</param>
    /// <returns>False where there is none: no body, one that the record keeps, a sparse file, or it is missing.</returns>
    /// <exception cref="LayerDamagedException">The record cannot be read.</exception>
    public bool TryOpenFile(long index, out UInt128 hash, [NotNullWhen(true)] out SafeFileHandle? file)
    {
        GoTo(index);
        hash = _cursor.Row.Hash;
        file = null;
        if (!_cursor.HasRow || _cursor.Row.KeptAt > 0 || _cursor.Entry.Sparse is not null)
        {
            return false;
        }

        _path.Set(_cursor.Entry.Name.Span);
        return LayerFiles.TryOpen(_diff, _path.Path, out file);
    }

    /// <summary>What follows the last entry's padding: the end mark and all behind it.</summary>
    /// <returns>0 at its end only.</returns>
    /// <exception cref="LayerDamagedException">The record cannot be read.</exception>
    public int ReadTrailer(long offset, Span<byte> trailer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int wanted = (int)Math.Clamp(TrailerLength - offset, 0, trailer.Length);
        return wanted == 0 ? 0 : ReadStructure(_cursor.TrailerAt + offset, trailer[..wanted]);
    }

    /// <summary>The tar's own bytes at this place: of whatever is there, as many as lie together.</summary>
    /// <returns>0 at the end of the tar only.</returns>
    internal int ReadTar(long offset, Span<byte> bytes)
    {
        long trailerAt = TarLength - TrailerLength;
        if (offset >= trailerAt)
        {
            return ReadTrailer(offset - trailerAt, bytes);
        }

        GoToByte(offset);
        long inEntry = offset - _cursor.TarAt;
        ReadOnlySpan<byte> headers = _cursor.Headers.Span;
        if (inEntry < headers.Length)
        {
            int count = Math.Min(bytes.Length, headers.Length - (int)inEntry);
            headers.Slice((int)inEntry, count).CopyTo(bytes);
            return count;
        }

        long inBody = inEntry - headers.Length;
        long size = _cursor.Entry.Size;
        return inBody < size ? ReadBody(_cursor.Index, inBody, bytes) : ReadPadding(inBody - size, bytes);
    }

    public void Dispose()
    {
        _body?.Dispose();
        _content?.Dispose();
        _cursor.Dispose();
        _record.Dispose();
        _diff.Dispose();
        _lease.Dispose();
    }

    private StoredBody OpenBody(long index)
    {
        GoTo(index);
        _body?.Dispose();
        _body = null;
        long length = _cursor.Entry.Size;
        long keptAt = _cursor.HasRow ? _cursor.Row.KeptAt : _cursor.StructureAt;
        if (keptAt > Math.Max(0, _record.Header.ContentLength - length))
        {
            throw Damaged($"its record is damaged at entry {index}");
        }

        if (!_cursor.HasRow || keptAt > 0)
        {
            return _body = new StoredBody(index, length, Content(), keptAt);
        }

        _path.Set(_cursor.Entry.Name.Span);
        return LayerFiles.TryOpen(_diff, _path.Path, out SafeFileHandle? file)
            ? _body = new StoredBody(index, length, file, _cursor.Entry.Sparse)
            : throw Damaged($"{NameOf(index)} is missing");
    }

    /// <summary>Zeros, one should think; and what is not is kept.</summary>
    private int ReadPadding(long offset, Span<byte> bytes)
    {
        long length = -_cursor.Entry.Size & 511;
        long at = _cursor.StructureAt + (_cursor.HasRow ? 0 : _cursor.Entry.Size);
        // The last entry's may be cut short by the end of the tar.
        length = Math.Min(length, _record.Header.StructureLength - at);
        return ReadStructure(at + offset, bytes[..(int)Math.Min(bytes.Length, length - offset)]);
    }

    private int ReadStructure(long at, Span<byte> bytes)
    {
        try
        {
            Stream content = Content();
            content.Position = at;
            return content.Read(bytes);
        }
        catch (LinuxException e)
        {
            throw Damaged($"its record: {e.Message}", e);
        }
    }

    private Stream Content() => _content ??= _record.OpenContent();

    private void GoTo(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, EntryCount);
        try
        {
            _cursor.GoTo(index);
        }
        catch (LinuxException e)
        {
            throw Damaged($"its record: {e.Message}", e);
        }
    }

    private void GoToByte(long tarAt)
    {
        try
        {
            _cursor.GoToByte(tarAt);
        }
        catch (LinuxException e)
        {
            throw Damaged($"its record: {e.Message}", e);
        }
    }

    private string NameOf(long index)
        => _cursor.Index == index ? InvalidTarException.Show(_cursor.Entry.Name.Span) : $"entry {index}";

    private LayerDamagedException Damaged(string problem, Exception? inner = null) => new($"{_label}: {problem}", inner);
}
