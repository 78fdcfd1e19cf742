using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>A sparse file of diff/ as its tar has it: the regions of its map one after the other. Costs what the regions cost, whatever the holes.</summary>
/// <param name="file">Not owned.</param>
internal sealed class PackedFileStream(SafeFileHandle file, SparseMap map) : BlockingReadStream
{
    private RegionCursor _cursor = new(map);
    private long _position;

    /// <summary>Forward passes over regions, back begins at the first.</summary>
    public override long Position { get => _position; set => Go(value); }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, _cursor.Left());
        int read = wanted == 0 ? 0 : FileBytes.Read(file, buffer[..wanted], _cursor.Offset);
        _cursor.Advance(read);
        _position += read;
        return read;
    }

    private void Go(long position)
    {
        if (position < _position)
        {
            (_cursor, _position) = (new RegionCursor(map), 0);
        }

        while (_position < position && Math.Min(_cursor.Left(), position - _position) is > 0 and long count)
        {
            _cursor.Advance(count);
            _position += count;
        }
    }
}
