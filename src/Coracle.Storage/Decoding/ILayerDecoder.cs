namespace Coracle.Storage;

/// <summary>
/// The stage between a layer's blob and its tar. An interface of ours, and not a stream of somebody's, because a decoder is to be
/// able to say where it is and to go on from there after a cut (design §6).
/// </summary>
internal interface ILayerDecoder : IDisposable
{
    /// <summary>The next bytes of the tar; 0 at the end.</summary>
    /// <exception cref="LayerFormatException">The blob is damaged or ends too soon.</exception>
    int Read(Span<byte> tar);
}
