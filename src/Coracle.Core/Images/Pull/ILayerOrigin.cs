namespace Coracle.Core;

/// <summary>How a layer's tar comes about where its blob is not simply that tar, compressed.</summary>
internal interface ILayerOrigin
{
    /// <param name="blob">As it arrives; it proves its digest when its end is read, so the tar's end must read it. Not owned.</param>
    /// <returns>The layer's uncompressed tar, or what is believed to be it: its diffID is checked. The caller disposes it.</returns>
    Stream Open(Stream blob);
}
