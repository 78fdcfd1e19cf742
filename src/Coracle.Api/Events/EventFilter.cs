using Coracle.Core;

namespace Coracle.Api;

/// <summary>Which events a listener wants.</summary>
internal sealed class EventFilter(Filters filters)
{
    public bool Shows(EngineEvent happened)
        => filters.Allows("type", type => type == happened.Type)
            && filters.Allows("scope", scope => scope == "local")
            && filters.Allows("event", action => happened.Action == action || happened.Action.StartsWith(action + ":", StringComparison.Ordinal))
            && filters.LabelsMatch("label", happened.Attributes)
            && Names("container", happened)
            && Names("network", happened)
            && Names("volume", happened)
            && Names("daemon", happened)
            && filters.Allows("image", image => IsImage(happened, image))
            && filters.Of("plugin").Count + filters.Of("node").Count + filters.Of("service").Count + filters.Of("secret").Count + filters.Of("config").Count == 0;

    /// <summary>By the beginning of the id or of the name, as Docker: who asks for "web" hears of it also when it is "web-old".</summary>
    private bool Names(string type, EngineEvent happened) => filters.Allows(type,
        wanted => happened.Type == type
            && (happened.ActorId.StartsWith(wanted, StringComparison.Ordinal) || NameOf(happened).StartsWith(wanted.TrimStart('/'), StringComparison.Ordinal)));

    private static bool IsImage(EngineEvent happened, string wanted) => happened.Type switch
    {
        "image" => happened.ActorId == wanted || NameOf(happened) == wanted || WithoutTag(NameOf(happened)) == wanted,
        "container" => happened.Attributes.TryGetValue("image", out string? image) && (image == wanted || WithoutTag(image) == wanted),
        _ => false,
    };

    private static string NameOf(EngineEvent happened) => happened.Attributes.TryGetValue("name", out string? name) ? name : "";

    private static string WithoutTag(string reference)
    {
        int colon = reference.LastIndexOf(':');
        return colon > reference.LastIndexOf('/') ? reference[..colon] : reference;
    }
}
