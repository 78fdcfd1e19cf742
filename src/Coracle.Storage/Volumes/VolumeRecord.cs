namespace Coracle.Storage;

/// <summary>A volume that is here. What is in it is its users' own.</summary>
/// <param name="Name">Also its directory's: <c>[a-zA-Z0-9][a-zA-Z0-9_.-]+</c>.</param>
/// <param name="Created">UTC.</param>
/// <param name="Labels">Null where none were given, which Docker shows apart from an empty list.</param>
/// <param name="Options">The driver's, as they were given; null as with labels.</param>
/// <param name="Owner">
/// The container that it was made for without a name, as long as nobody decided to keep it: found without that container at a start,
/// it is what a cut creation or removal left. Empty for every volume that lives on its own.
/// </param>
public sealed record VolumeRecord(
    string Name, DateTimeOffset Created, IReadOnlyDictionary<string, string>? Labels = null,
    IReadOnlyDictionary<string, string>? Options = null, string Owner = "");
