namespace Coracle.Storage;

/// <summary>The blob is the tar.</summary>
internal sealed class PlainDecoder(Stream blob) : ILayerDecoder
{
    public int Read(Span<byte> tar) => blob.Read(tar);

    public void Dispose()
    {
    }
}
