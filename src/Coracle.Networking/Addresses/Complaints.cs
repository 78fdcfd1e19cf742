namespace Coracle.Networking;

/// <summary>Several things wrong with one request, as Docker tells them: one alone as it is, more as a list.</summary>
public static class Complaints
{
    /// <returns>Null when there are none.</returns>
    public static string? Join(string title, IReadOnlyList<string> complaints) => complaints switch
    {
        [] => null,
        [string only] => $"{title}\n{only}",
        _ => $"{title}\n* {string.Join("\n* ", complaints)}",
    };
}
