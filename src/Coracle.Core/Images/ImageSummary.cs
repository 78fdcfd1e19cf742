using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A line of the image list.</summary>
/// <param name="Names">Tags and digests, in canonical order.</param>
/// <param name="Size">Bytes of the files in its layers, shared ones included.</param>
/// <param name="SharedSize">Bytes of the layers that other images have too.</param>
/// <param name="Containers">How many containers were made from it.</param>
public sealed record ImageSummary(ImageDetails Image, IReadOnlyList<ImageReference> Names, long Size, long SharedSize, int Containers);

/// <summary>Everything that is known of one image.</summary>
/// <param name="LastTaggedAt">Null where it never was.</param>
public sealed record ImageInspection(ImageDetails Image, IReadOnlyList<ImageReference> Names, long Size, DateTimeOffset? LastTaggedAt);

/// <summary>One step of an image's history, the newest first.</summary>
/// <param name="Tags">Of the image itself, on its newest step only.</param>
/// <param name="Size">Bytes that the step's layer added.</param>
public sealed record ImageHistoryStep(HistoryEntry Entry, Digest? Id, IReadOnlyList<string> Tags, long Size);
