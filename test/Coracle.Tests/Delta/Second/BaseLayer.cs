namespace Coracle.Tests.Delta.Second;

/// <summary>One entry of a base layer, as docs/formats/delta.md describes it.</summary>
internal sealed record BaseEntry(byte[] Headers, byte[] Body);

/// <summary>The layers that a device has.</summary>
internal interface IBaseLayers
{
    /// <summary>All entries of a layer, counted from 0; null if it is not there.</summary>
    IReadOnlyList<BaseEntry>? Find(ReadOnlySpan<byte> diffId);
}
