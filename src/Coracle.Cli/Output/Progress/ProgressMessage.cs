using System.Text.Json;

namespace Coracle.Cli;

/// <summary>One message of a progress stream.</summary>
/// <param name="IsOfLine">Whether it is the state of something that goes on: it has details, be they empty.</param>
internal sealed record ProgressMessage(string? Id, string Status, string? Stream, string? Error, bool IsOfLine, long Current, long Total, bool IsSilent)
{
    private const int Unauthorized = 401;

    /// <summary>Whether it says how far something is.</summary>
    public bool HasBar => Current > 0 || Total > 0;

    /// <summary>As a line of its own.</summary>
    public string Line => Stream ?? $"{(string.IsNullOrEmpty(Id) ? "" : Id + ": ")}{Status}\n";

    public static ProgressMessage Read(JsonElement json)
    {
        JsonElement details = json.TryGetProperty("progressDetail", out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found : default;
        bool isAux = json.TryGetProperty("aux", out _) && Text(json, "status") is null;
        return new ProgressMessage(
            Text(json, "id"), Text(json, "status") ?? "", Text(json, "stream"), ErrorOf(json), details.ValueKind == JsonValueKind.Object,
            Number(details, "current"), Number(details, "total"), isAux);
    }

    private static string? ErrorOf(JsonElement json)
    {
        if (!json.TryGetProperty("errorDetail", out JsonElement detail) || detail.ValueKind != JsonValueKind.Object)
        {
            return Text(json, "error");
        }

        return Number(detail, "code") == Unauthorized ? "authentication is required" : Text(detail, "message") ?? Text(json, "error") ?? "";
    }

    private static string? Text(JsonElement json, string name)
        => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long Number(JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long number) ? number : 0;
}
