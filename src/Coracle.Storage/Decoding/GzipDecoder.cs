using System.IO.Compression;

namespace Coracle.Storage;

/// <summary>gzip, one member or many; each member's checksum is compared. What follows the last member is passed over.</summary>
/// <remarks>
/// Nothing is lost by passing over it: the blob's digest covers it, and the tar's is what makes the layer. It is read all the same,
/// since a blob stream proves its digest only at its end.
/// </remarks>
internal sealed class GzipDecoder(Stream blob) : ILayerDecoder
{
    private readonly GZipStream _gzip = new(blob, CompressionMode.Decompress, leaveOpen: true);

    public int Read(Span<byte> tar)
    {
        try
        {
            return _gzip.Read(tar);
        }
        catch (InvalidDataException e)
        {
            throw new LayerFormatException($"gzip: {e.Message}", e);
        }
    }

    public void Dispose() => _gzip.Dispose();
}
