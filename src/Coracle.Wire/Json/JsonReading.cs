using System.Text.Json;

namespace Coracle.Wire;

/// <summary>
/// What reading one client's JSON brought to light beside the values: the first value of a wrong type, the options that
/// are known but not built yet, and the names nobody knows. Judged by whoever asked, so that reading itself never throws.
/// </summary>
public sealed class JsonReading
{
    /// <summary>More unknown names than this are not worth telling; the list stays bounded whatever a client sends.</summary>
    private const int MostUnknown = 16;

    private readonly List<string> _notBuilt = [];
    private readonly List<string> _unknown = [];

    /// <summary>In the words of Go's decoder, which clients' tests quote; null when every value had its type.</summary>
    public string? Problem { get; private set; }

    /// <summary>Dotted names (<c>HostConfig.Devices</c>) of options that asked for something this engine does not do yet.</summary>
    public IReadOnlyList<string> NotBuilt => _notBuilt;

    /// <summary>Names that are no option of any API version we know; Docker ignores them.</summary>
    public IReadOnlyList<string> Unknown => _unknown;

    internal void AddNotBuilt(string path) => _notBuilt.Add(path);

    internal void AddUnknown(string path)
    {
        if (_unknown.Count < MostUnknown)
        {
            _unknown.Add(path);
        }
    }

    internal void WrongType(JsonElement got, string path, string goType)
        => Problem ??= $"json: cannot unmarshal {Describe(got)} into Go struct field {path} of type {goType}";

    private static string Describe(JsonElement got) => got.ValueKind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number " + got.GetRawText(),
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "array",
        _ => "object",
    };
}
