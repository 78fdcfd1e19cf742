using System.Buffers;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Coracle.Storage;

/// <summary>Reads the content of a record's frames from any place. Holds one frame in memory.</summary>
/// <param name="file">The record; not owned.</param>
/// <param name="end">How much of the content to show.</param>
internal sealed class FrameStream(SafeFileHandle file, FrameTable table, long end, string label) : BlockingReadStream
{
    private readonly Decompressor _decompressor = new();
    private readonly byte[] _content = ArrayPool<byte>.Shared.Rent(RecordFormat.FrameLength);
    private long _contentAt;
    private int _contentLength;
    private bool _disposed;

    public override bool CanSeek => true;

    public override long Length => end;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, end - Position);
        if (wanted <= 0)
        {
            return 0;
        }

        if (Position < _contentAt || Position >= _contentAt + _contentLength)
        {
            Load();
        }

        int skip = (int)(Position - _contentAt);
        int count = Math.Min(wanted, _contentLength - skip);
        _content.AsSpan(skip, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? Position : end);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _decompressor.Dispose();
            ArrayPool<byte>.Shared.Return(_content);
        }

        base.Dispose(disposing);
    }

    private void Load()
    {
        (long contentAt, long contentLength, long fileAt, long fileLength) = table.Find(Position);
        int bound = Compressor.GetCompressBound(RecordFormat.FrameLength);
        if (Position < contentAt || Position >= contentAt + contentLength || contentLength is <= 0 or > RecordFormat.FrameLength || fileLength <= 0 || fileLength > bound)
        {
            throw Damaged(null);
        }

        byte[] frame = ArrayPool<byte>.Shared.Rent((int)fileLength);
        try
        {
            FileBytes.ReadExactly(file, frame.AsSpan(0, (int)fileLength), fileAt);
            int length = _decompressor.Unwrap(frame.AsSpan(0, (int)fileLength), _content.AsSpan(0, RecordFormat.FrameLength));
            if (length != contentLength)
            {
                throw Damaged(null);
            }

            (_contentAt, _contentLength) = (contentAt, length);
        }
        catch (Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw Damaged(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private LayerDamagedException Damaged(Exception? inner) => new($"{label}: its record is damaged at {Position}", inner);
}
