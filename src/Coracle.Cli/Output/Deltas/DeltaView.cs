using System.Text.Json;

namespace Coracle.Cli;

/// <summary>What the engine saw in an archive of deltas. What is absent is empty.</summary>
internal sealed class DeltaView(JsonElement json)
{
    public string Name => TextOf(json, "Name");

    public string Id => TextOf(json, "Id");

    public string Manifest => TextOf(json, "Manifest");

    public long LayerCount => NumberOf(json, "LayerCount");

    public List<DeltaLayerView> Layers { get; } = JsonLists.Items(json.Member("Layers"), layer => new DeltaLayerView(layer));

    /// <summary>Bytes that travel.</summary>
    public long Size { get; private set; }

    /// <summary>Bytes that would travel without deltas; 0 where the archive does not say.</summary>
    public long FullSize { get; private set; }

    public int Deltas { get; private set; }

    /// <summary>Adds up; once, before the sums are asked for.</summary>
    public DeltaView Sum()
    {
        bool isKnown = true;
        foreach (DeltaLayerView layer in Layers)
        {
            Size += layer.Size;
            FullSize += layer.FullSize;
            isKnown &= layer.FullSize > 0;
            Deltas += layer.IsDelta ? 1 : 0;
        }

        FullSize = isKnown ? FullSize : 0;
        return this;
    }

    public static string TextOf(JsonElement json, string name) => json.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() ?? "" : "";

    public static long NumberOf(JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long value) ? Math.Max(0, value) : 0;
}

internal sealed class DeltaLayerView(JsonElement json)
{
    public string Target => DeltaView.TextOf(json, "Target");

    public bool IsDelta => json.Member("IsDelta").ValueKind == JsonValueKind.True;

    public long Size => DeltaView.NumberOf(json, "Size");

    public long TarSize => DeltaView.NumberOf(json, "TarSize");

    public long FullSize => DeltaView.NumberOf(json, "FullSize");

    public long Segments => DeltaView.NumberOf(json, "Segments");

    public string Problem => DeltaView.TextOf(json, "Problem");

    public List<DeltaBaseView> Bases { get; } = JsonLists.Items(json.Member("Bases"), needed => new DeltaBaseView(needed));

    public bool HasDirectories => json.Member("Directories").ValueKind == JsonValueKind.Array;

    /// <summary>Those with the most bytes first.</summary>
    public List<DeltaRow> Rows()
    {
        List<DeltaRow> rows = JsonLists.Items(json.Member("Directories"), directory => new DeltaRow(directory));
        rows.Sort((a, b) => b.Weight != a.Weight ? b.Weight.CompareTo(a.Weight) : string.CompareOrdinal(a.Path, b.Path));
        return rows;
    }
}

internal sealed class DeltaBaseView(JsonElement json)
{
    public string Layer => DeltaView.TextOf(json, "Layer");

    public long Entries => DeltaView.NumberOf(json, "Entries");

    public bool IsHere => json.Member("IsHere").ValueKind == JsonValueKind.True;
}

/// <summary>One directory: what became of its files, by <see cref="Kinds"/>.</summary>
internal sealed class DeltaRow
{
    private readonly long[] _files = new long[4];
    private readonly long[] _bytes = new long[4];

    /// <param name="json">Undefined for a row that others are added to.</param>
    public DeltaRow(JsonElement json)
    {
        Path = DeltaView.TextOf(json, "Path");
        for (int i = 0; i < _files.Length; i++)
        {
            _files[i] = DeltaView.NumberOf(json.Member(Kinds[i]), "Files");
            _bytes[i] = DeltaView.NumberOf(json.Member(Kinds[i]), "Bytes");
        }
    }

    public static ReadOnlySpan<string> Kinds => _kinds;

    private static readonly string[] _kinds = ["Copied", "Patched", "New", "Removed"];

    public string Path { get; }

    /// <summary>What costs comes first: patched and new bytes, then those that are copied.</summary>
    public double Weight => ((_bytes[1] + (double)_bytes[2]) * 1000) + _bytes[0] + _bytes[3];

    public long Files(int kind) => _files[kind];

    public long Bytes(int kind) => _bytes[kind];

    public void Add(DeltaRow other)
    {
        for (int i = 0; i < _files.Length; i++)
        {
            _files[i] += other._files[i];
            _bytes[i] += other._bytes[i];
        }
    }
}
