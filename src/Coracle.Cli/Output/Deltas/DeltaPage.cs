using System.Globalization;
using System.Text;

namespace Coracle.Cli;

/// <summary>An archive of deltas as one page that needs nothing else: no network, no script; light and dark as the reader's system is.</summary>
internal static class DeltaPage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <style>
        :root{color-scheme:light dark;--bg:#fbfbf9;--fg:#1d232a;--dim:#68727d;--line:#e1e3e0;--k0:#8fb8a8;--k1:#e0a030;--k2:#c8553d;--k3:#9aa0a6;--a:#2f6f8f}
        @media(prefers-color-scheme:dark){:root{--bg:#15191d;--fg:#e4e7e9;--dim:#95a0aa;--line:#2c333a;--k0:#4d7f6e;--k1:#c98f2c;--k2:#c25f49;--k3:#6d757c;--a:#74b3d0}}
        body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:2rem 1.2rem}
        h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2.2rem 0 .3rem;overflow-wrap:anywhere}
        p{margin:.2rem 0}.dim{color:var(--dim);font-size:.88rem;overflow-wrap:anywhere}.big{font-size:2.1rem;font-weight:600;margin:1rem 0 0;color:var(--a)}
        svg{display:block;width:100%;height:1.4rem;margin:.5rem 0;border-radius:4px;background:var(--line)}
        .k0{fill:var(--k0)}.k1{fill:var(--k1)}.k2{fill:var(--k2)}.k3{fill:var(--k3)}.a{fill:var(--a)}
        i{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;margin:0 .3rem 0 .9rem}
        .b0{background:var(--k0)}.b1{background:var(--k1)}.b2{background:var(--k2)}.b3{background:var(--k3)}
        table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.6rem 0}th,td{text-align:right;padding:.25rem .5rem;border-bottom:1px solid var(--line);white-space:nowrap}
        th{font-weight:600;color:var(--dim)}th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere}tfoot td{font-weight:600}
        .bad{color:var(--k2);font-weight:600}div{overflow-x:auto}
        </style>
        """;

    public static string Of(DeltaView delta)
    {
        delta.Sum();
        StringBuilder page = new(Head);
        string name = delta.Name.Length > 0 ? delta.Name : delta.Id;
        page.Append("<title>Delta to ").Append(Escape(name)).Append("</title></head><body>\n<h1>Delta to ").Append(Escape(name)).Append("</h1>\n");
        page.Append("<p class=dim>").Append(Escape(delta.Id)).Append("</p>\n<p class=big>").Append(HumanSize.Decimal(delta.Size)).Append("</p>\n<p>");
        page.Append(Escape(DeltaTable.Instead(delta.Size, delta.FullSize).TrimStart())).Append("</p>\n");
        if (delta.FullSize > 0)
        {
            StartBar(page);
            AddPart(page, "a", "travels", 0, delta.Size, delta.FullSize);
            page.Append("</svg>\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"<p>{delta.LayerCount} layers: {delta.Deltas} by delta, {delta.Layers.Count - delta.Deltas} in full, {Math.Max(0, delta.LayerCount - delta.Layers.Count)} as in the old images.</p>\n");
        foreach (DeltaLayerView layer in delta.Layers)
        {
            Add(page, layer);
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Add(StringBuilder page, DeltaLayerView layer)
    {
        page.Append("<h2>").Append(Escape(layer.Target)).Append("</h2>\n<p>").Append(layer.IsDelta ? "Delta of " : "In full: ").Append(HumanSize.Decimal(layer.Size));
        page.Append(layer.IsDelta ? DeltaTable.Instead(layer.Size, layer.FullSize) : "").Append(", for a tar of ").Append(HumanSize.Decimal(layer.TarSize));
        page.Append(layer.IsDelta ? string.Create(CultureInfo.InvariantCulture, $", in {layer.Segments} {(layer.Segments == 1 ? "segment" : "segments")}.</p>\n") : ".</p>\n");
        foreach (DeltaBaseView needed in layer.Bases)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=dim>needs {Escape(needed.Layer)} ({needed.Entries} entries{(needed.IsHere ? "" : "; not here")})</p>\n");
        }

        if (layer.Problem.Length > 0)
        {
            page.Append("<p class=bad>").Append(Escape(layer.Problem)).Append("</p>\n");
        }

        if (layer.HasDirectories)
        {
            AddTable(page, layer.Rows());
        }
        else if (layer.IsDelta)
        {
            page.Append("<p class=dim>What it does to each directory can be seen where its base layers are.</p>\n");
        }
    }

    private static void AddTable(StringBuilder page, List<DeltaRow> rows)
    {
        DeltaRow sum = new(default);
        foreach (DeltaRow row in rows)
        {
            sum.Add(row);
        }

        page.Append("<p class=dim>");
        for (int kind = 0; kind < DeltaRow.Kinds.Length; kind++)
        {
            page.Append(CultureInfo.InvariantCulture, $"<i class=b{kind}></i>{DeltaRow.Kinds[kind]} {DeltaTable.Cell(sum, kind)}");
        }

        page.Append("</p>\n");
        AddBar(page, sum);
        page.Append("<div><table><thead><tr><th>Directory<th>Copied<th>Patched<th>New<th>Removed</tr></thead><tbody>\n");
        foreach (DeltaRow row in rows)
        {
            AddRow(page, "/" + row.Path, row);
        }

        page.Append("</tbody><tfoot>");
        AddRow(page, "all", sum);
        page.Append("</tfoot></table></div>\n");
    }

    private static void AddRow(StringBuilder page, string path, DeltaRow row)
    {
        page.Append("<tr><td>").Append(Escape(path));
        for (int kind = 0; kind < DeltaRow.Kinds.Length; kind++)
        {
            page.Append("<td>").Append(DeltaTable.Cell(row, kind));
        }

        page.Append("</tr>\n");
    }

    /// <summary>What is removed has no part in the new layer.</summary>
    private static void AddBar(StringBuilder page, DeltaRow sum)
    {
        StartBar(page);
        double at = 0;
        for (int kind = 0; kind < DeltaRow.Kinds.Length - 1; kind++)
        {
            at += AddPart(page, $"k{kind}", DeltaRow.Kinds[kind], at, sum.Bytes(kind), sum.Bytes(0) + sum.Bytes(1) + sum.Bytes(2));
        }

        page.Append("</svg>\n");
    }

    private static void StartBar(StringBuilder page) => page.Append("<svg viewBox=\"0 0 1000 20\" preserveAspectRatio=none role=img>");

    private static double AddPart(StringBuilder page, string css, string word, double at, long bytes, long whole)
    {
        // A sliver that is there is seen.
        double width = whole > 0 && bytes > 0 ? Math.Max(2, 1000.0 * bytes / whole) : 0;
        page.Append(CultureInfo.InvariantCulture, $"<rect class={css} x={at:0.#} width={width:0.#} height=20><title>{word}: {HumanSize.Decimal(bytes)}</title></rect>");
        return width;
    }

    /// <summary>Names of paths and images are other people's: text here, never markup.</summary>
    private static string Escape(string text)
        => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);
}
