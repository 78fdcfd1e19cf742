using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>One entry's body, open to be read at any place: out of its file in diff/, or out of the record's frames.</summary>
/// <remarks>What was read leaves the page cache: a large file's every few MiB, a small one's when it is closed.</remarks>
internal sealed class StoredBody : IDisposable
{
    /// <summary>As <see cref="LayerTarStream"/>'s: far beyond read-ahead, far below what anybody would miss.</summary>
    private const long DropBytes = 4 * 1024 * 1024;

    private readonly SafeFileHandle? _file;
    private readonly PackedFileStream? _packed;
    private readonly Stream? _content;
    private readonly long _contentAt;

    // Of the file: what was read since pages were dropped last, and within which bounds.
    private long _read;
    private long _lowest = long.MaxValue;
    private long _highest;

    /// <param name="file">Owned from now on.</param>
    /// <param name="map">Of a sparse file; else null.</param>
    public StoredBody(long index, long length, SafeFileHandle file, SparseMap? map)
        => (Index, Length, _file, _packed) = (index, length, file, map is null ? null : new PackedFileStream(file, map));

    /// <param name="content">The frames' content; not owned, and moved about.</param>
    public StoredBody(long index, long length, Stream content, long contentAt)
        => (Index, Length, _content, _contentAt) = (index, length, content, contentAt);

    /// <summary>The entry's.</summary>
    public long Index { get; }

    /// <summary>Bytes, as the tar has them.</summary>
    public long Length { get; }

    /// <returns>0 where there should be more as well: the file is shorter than it was.</returns>
    public int Read(long offset, Span<byte> body)
    {
        if (_content is not null)
        {
            _content.Position = _contentAt + offset;
            return _content.Read(body);
        }

        if (_packed is null)
        {
            int plain = FileBytes.Read(_file!, body, offset);
            DropBehind(offset, plain);
            return plain;
        }

        _packed.Position = offset;
        int read = _packed.Read(body);
        DropBehind(0, read); // where in the file that was, its map knows: all of it goes
        return read;
    }

    public void Dispose()
    {
        if (_file is not null && _highest > 0)
        {
            PageCache.Drop(_file, 0, 0);
        }

        _file?.Dispose();
    }

    private void DropBehind(long offset, int count)
    {
        _lowest = Math.Min(_lowest, offset);
        _highest = Math.Max(_highest, offset + count);
        _read += count;
        if (_read >= DropBytes)
        {
            PageCache.Drop(_file!, _lowest, _packed is null ? _highest - _lowest : 0);
            (_read, _lowest) = (0, long.MaxValue);
        }
    }
}
