using Coracle.Delta;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>A layer's tar out of a delta layer: the first file of that layer's tar is the delta, and it is applied while it arrives.</summary>
/// <remarks>
/// A delta layer without a file says that the layer is one of the base's. When the tar is at its end the rest of the blob is read as
/// well, since only there it can prove its own digest.
/// </remarks>
internal sealed class BalenaLayerStream : BlockingReadStream
{
    private readonly Stream _blob;
    private readonly DecodedStream _decoded;
    private readonly TarReader _delta;
    private readonly BalenaBase _base;
    private readonly DiffId _layer;
    private Stream? _allOfBase;
    private Stream? _tar;

    /// <param name="blob">Compressed or not. Not owned, nor is the base.</param>
    public BalenaLayerStream(Stream blob, BalenaBase deltaBase, DiffId layer)
    {
        (_blob, _base, _layer) = (blob, deltaBase, layer);
        _decoded = DecodedStream.Open(blob);
        _delta = new TarReader(_decoded);
    }

    /// <exception cref="RsyncFormatException">There is no delta in it, or it is damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        _tar ??= Open();
        int read = _tar.Read(buffer);
        if (read == 0 && !buffer.IsEmpty)
        {
            Drain();
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tar?.Dispose();
            _allOfBase?.Dispose();
            _delta.Dispose();
            _decoded.Dispose();
        }

        base.Dispose(disposing);
    }

    private Stream Open()
    {
        if (!_delta.MoveNext())
        {
            return _base.TryOpen(_layer) ?? throw new RsyncFormatException("unexpected EOF");
        }

        if (_delta.Entry.Type != TarEntryType.File)
        {
            throw new RsyncFormatException("the first entry of a delta layer is no file");
        }

        _allOfBase = _base.OpenAll();
        return new RsyncPatchStream(new TarBodyStream(_delta), _allOfBase);
    }

    private void Drain()
    {
        Span<byte> rest = stackalloc byte[4096];
        while (_decoded.Read(rest) > 0 || _blob.Read(rest) > 0)
        {
        }
    }
}
