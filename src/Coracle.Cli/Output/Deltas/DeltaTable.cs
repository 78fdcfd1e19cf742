using System.Globalization;
using System.Text;

namespace Coracle.Cli;

/// <summary>An archive of deltas for a terminal.</summary>
internal static class DeltaTable
{
    /// <summary>Directories of a layer; the page has all of them.</summary>
    private const int MostRows = 20;

    public static string Of(DeltaView delta)
    {
        delta.Sum();
        StringBuilder text = new();
        text.Append("Image:      ").Append(delta.Name.Length > 0 ? delta.Name : "<none>").Append('\n');
        text.Append("Id:         ").Append(delta.Id).Append('\n');
        text.Append("Manifest:   ").Append(delta.Manifest.Length > 0 ? delta.Manifest : "<unknown>").Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"Layers:     {delta.LayerCount}: {delta.Deltas} by delta, {delta.Layers.Count - delta.Deltas} in full, {Math.Max(0, delta.LayerCount - delta.Layers.Count)} as in the old images\n");
        text.Append("Download:   ").Append(HumanSize.Decimal(delta.Size)).Append(Instead(delta.Size, delta.FullSize)).Append('\n');
        foreach (DeltaLayerView layer in delta.Layers)
        {
            Add(text, layer);
        }

        return text.ToString();
    }

    /// <summary> instead of 23.4MB (1.1 %): what is saved, where it is known.</summary>
    public static string Instead(long size, long full)
        => full > 0 ? string.Create(CultureInfo.InvariantCulture, $" instead of {HumanSize.Decimal(full)} ({100.0 * size / full:0.##} %)") : "";

    private static void Add(StringBuilder text, DeltaLayerView layer)
    {
        text.Append('\n').Append(layer.Target).Append('\n');
        text.Append("  ").Append(layer.IsDelta ? "delta, " : "in full, ").Append(HumanSize.Decimal(layer.Size)).Append(layer.IsDelta ? Instead(layer.Size, layer.FullSize) : "");
        text.Append(CultureInfo.InvariantCulture, $", for a tar of {HumanSize.Decimal(layer.TarSize)}");
        text.Append(layer.IsDelta ? string.Create(CultureInfo.InvariantCulture, $", in {layer.Segments} {(layer.Segments == 1 ? "segment" : "segments")}\n") : "\n");
        foreach (DeltaBaseView needed in layer.Bases)
        {
            text.Append(CultureInfo.InvariantCulture, $"  needs {needed.Layer} ({needed.Entries} entries{(needed.IsHere ? "" : "; not here")})\n");
        }

        if (layer.Problem.Length > 0)
        {
            text.Append("  PROBLEM: ").Append(layer.Problem).Append('\n');
        }

        AddRows(text, layer);
    }

    private static void AddRows(StringBuilder text, DeltaLayerView layer)
    {
        List<DeltaRow> rows = layer.Rows();
        if (rows.Count == 0)
        {
            return;
        }

        StringBuilder table = new("  DIRECTORY\tCOPIED\tPATCHED\tNEW\tREMOVED");
        for (int i = 0; i < rows.Count && i < MostRows; i++)
        {
            table.Append("\n  /").Append(rows[i].Path);
            for (int kind = 0; kind < DeltaRow.Kinds.Length; kind++)
            {
                table.Append('\t').Append(Cell(rows[i], kind));
            }
        }

        text.Append(Table.Align(table.ToString())).Append('\n');
        if (rows.Count > MostRows)
        {
            text.Append(CultureInfo.InvariantCulture, $"  and {rows.Count - MostRows} more: --html and --format json have them all\n");
        }
    }

    /// <summary>Bytes and files: <c>1.2MB in 3</c>.</summary>
    public static string Cell(DeltaRow row, int kind)
        => row.Files(kind) == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{HumanSize.Decimal(row.Bytes(kind), 3)} in {row.Files(kind)}");
}
