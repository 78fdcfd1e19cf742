namespace Coracle.Core;

/// <summary>A volume as somebody wants it: the one of that name, or a new one.</summary>
/// <param name="Name">Empty lets us choose: an anonymous volume.</param>
/// <param name="Driver">Empty is the local one.</param>
/// <param name="Labels">Null is "none given", which is shown apart from an empty list.</param>
/// <param name="Container">Who will use it; empty when nobody does yet.</param>
public sealed record VolumeWish(
    string Name, string Driver = "", IReadOnlyDictionary<string, string>? Options = null, IReadOnlyDictionary<string, string>? Labels = null,
    string Container = "");
