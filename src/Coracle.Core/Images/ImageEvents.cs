using Coracle.Oci;

namespace Coracle.Core;

/// <summary>Docker's image events: the image's labels and its name are the attributes.</summary>
internal static class ImageEvents
{
    /// <param name="actor">What Docker shows as the event's id: a reference for a pull, the image's id otherwise.</param>
    public static void Publish(EventStream events, ImageCatalog images, string action, string actor, string name, Digest id)
        => Publish(events, action, actor, name, images.Find(id)?.Config.Run.Labels);

    public static void Publish(EventStream events, string action, string actor, string name, IReadOnlyDictionary<string, string>? labels)
        => events.Publish("image", action, actor, new Dictionary<string, string>(labels ?? new Dictionary<string, string>(), StringComparer.Ordinal) { ["name"] = name });
}
