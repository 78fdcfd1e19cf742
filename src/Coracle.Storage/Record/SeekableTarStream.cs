using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>The exact uncompressed tar of a layer, at any place. Ascending reads are cheap; going back re-reads at most 63 headers.</summary>
/// <param name="entries">Owned.</param>
internal sealed class SeekableTarStream(LayerEntries entries) : BlockingReadStream
{
    private long _position;

    public override bool CanSeek => true;

    public override long Length => entries.TarLength;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>Fills the buffer as far as the tar goes: what small reads ask for is often a header and its body.</summary>
    public override int Read(Span<byte> buffer)
    {
        int done = 0;
        for (int read = -1; done < buffer.Length && read != 0; done += read)
        {
            read = entries.ReadTar(_position + done, buffer[done..]);
        }

        _position += done;
        return done;
    }

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _position : Length);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            entries.Dispose();
        }

        base.Dispose(disposing);
    }
}
