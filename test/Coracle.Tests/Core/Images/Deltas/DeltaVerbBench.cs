using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Images;

namespace Coracle.Tests.Core.Images.Deltas;

/// <summary>Two versions of an image, both here: a base that they share, and a layer of text in which one byte differs.</summary>
internal sealed class DeltaVerbBench : IDisposable
{
    private DeltaVerbBench(ImageBench bench, PublishedImage old, PublishedImage @new) => (Bench, Old, New) = (bench, old, @new);

    public static string[] OldContents { get; } = ["base", PublishedImage.Text(1)];

    public ImageBench Bench { get; }

    public PublishedImage Old { get; }

    public PublishedImage New { get; }

    public string OldName => Bench.Name("app:v1");

    public string NewName => Bench.Name("app:v2");

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="further">A layer more of the new image, that nothing of the old one helps with.</param>
    public static async Task<DeltaVerbBench> StartAsync(string? further = null)
    {
        ImageBench bench = new();
        string[] contents = ["base", PublishedImage.Text(1, edit: 2)];
        PublishedImage old = PublishedImage.Add(bench.Registry, "app", "v1", OldContents);
        PublishedImage @new = PublishedImage.Add(bench.Registry, "app", "v2", further is null ? contents : [.. contents, further]);
        await bench.PullAsync("app:v1");
        await bench.PullAsync("app:v2");
        return new DeltaVerbBench(bench, old, @new);
    }

    public async Task<byte[]> ExportAsync(string? target = null, params string[] sources)
    {
        DeltaRequest request = new(sources.Length > 0 ? sources : [OldName], target ?? NewName);
        using DeltaExport export = await DeltaExport.MakeAsync(Bench.Parts.DeltaCreation, Bench.Catalog, request, Cancel);
        using MemoryStream archive = new();
        await export.WriteAsync(archive, Cancel);
        return archive.ToArray();
    }

    public async Task<List<string>> PushAsync(string target, params string[] sources)
    {
        ProgressLines lines = new();
        try
        {
            await Bench.Parts.DeltaPush.RunAsync(ImageReference.Parse(target), new DeltaRequest(sources, target), null, lines, Cancel);
        }
        finally
        {
            lines.End();
        }

        return [.. (await ImageBench.AllAsync(lines)).Where(line => !line.IsStep).Select(line => line.Status)];
    }

    /// <returns>The texts it said.</returns>
    public static async Task<List<string>> LoadAsync(ImageBench device, byte[] archive)
    {
        ProgressLines lines = new();
        try
        {
            await device.Parts.Load.RunAsync(new MemoryStream(archive), null, false, lines, Cancel);
        }
        finally
        {
            lines.End();
        }

        return [.. (await ImageBench.AllAsync(lines)).Where(line => line.IsText).Select(line => line.Status)];
    }

    public void Dispose() => Bench.Dispose();
}
