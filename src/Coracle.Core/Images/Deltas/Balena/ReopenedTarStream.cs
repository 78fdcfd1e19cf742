using Coracle.Linux;

namespace Coracle.Core;

/// <summary>A layer's tar at any place, by reading it from its beginning again whenever the place is behind.</summary>
internal sealed class ReopenedTarStream : BlockingReadStream
{
    private readonly Func<Stream> _open;
    private readonly byte[] _skipped = new byte[64 * 1024];
    private Stream _tar;
    private long _at, _position;

    public ReopenedTarStream(Func<Stream> open)
    {
        _open = open;
        _tar = open();
        Length = _tar.Length;
    }

    public override bool CanSeek => true;

    public override long Length { get; }

    public override long Position { get => _position; set => _position = value; }

    public override int Read(Span<byte> buffer)
    {
        if (_position < _at)
        {
            _tar.Dispose();
            _tar = _open();
            _at = 0;
        }

        for (int read = 1; _at < _position && read > 0; _at += read)
        {
            read = _tar.Read(_skipped.AsSpan(0, (int)Math.Min(_skipped.Length, _position - _at)));
        }

        int count = _tar.Read(buffer);
        _position = _at += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _position : Length);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tar.Dispose();
        }

        base.Dispose(disposing);
    }
}
