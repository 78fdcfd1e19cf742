namespace Coracle.Tar;

/// <summary>The file that the entry a reader stands at makes, as a stream: holes are zeros. Good until the reader moves on; owns nothing.</summary>
public sealed class TarBodyStream(TarReader reader) : Stream
{
    private readonly SparseMap? _map = reader.Entry.Sparse;
    private long _given;
    private int _region;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => reader.Entry.RealSize;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer) => _map is null ? reader.ReadBody(buffer) : ReadSparse(_map, buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int ReadSparse(SparseMap map, Span<byte> buffer)
    {
        while (_region < map.Regions.Length && _given == map.Regions[_region].Offset + map.Regions[_region].Length)
        {
            _region++;
        }

        SparseRegion next = _region < map.Regions.Length ? map.Regions[_region] : new SparseRegion(map.RealSize, 0);
        bool isHole = _given < next.Offset;
        buffer = buffer[..(int)Math.Min(buffer.Length, (isHole ? next.Offset : next.Offset + next.Length) - _given)];
        int count = buffer.Length;
        if (isHole)
        {
            buffer.Clear();
        }
        else
        {
            count = reader.ReadBody(buffer);
        }

        _given += count;
        return count;
    }
}
