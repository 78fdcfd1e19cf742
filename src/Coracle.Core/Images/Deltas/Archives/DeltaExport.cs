using Coracle.Oci;

namespace Coracle.Core;

/// <summary><c>delta create</c>: makes everything first, then gives it out, so that what can fail has failed before the first byte.</summary>
public sealed class DeltaExport : IDisposable
{
    private readonly DeltaSet _set;
    private readonly ImageReference? _name;
    private readonly Digest? _knownAs;

    private DeltaExport(DeltaSet set, ImageReference? name, Digest? knownAs) => (_set, _name, _knownAs) = (set, name, knownAs);

    /// <summary>For people, in one line: how many layers came out how, and what they cost.</summary>
    public string Summary => _set.Summary();

    /// <returns>The caller disposes it.</returns>
    /// <exception cref="EngineException">As <see cref="DeltaCreation"/> has them.</exception>
    public static async Task<DeltaExport> MakeAsync(
        DeltaCreation creation, ImageCatalog images, DeltaRequest request, CancellationToken cancellationToken)
    {
        DeltaSet set = await creation.RunAsync(request, orInFull: true, lines: null, cancellationToken);
        try
        {
            ImageReference? name = NameOf(images, request.Target, set.Target.Id);
            return new DeltaExport(set, name, name is null ? null : KnownAs(images, name, set));
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    public Task WriteAsync(Stream client, CancellationToken cancellationToken)
        => Task.Run(() => DeltaArchive.WriteAsync(_set, _name, _knownAs, client, cancellationToken), cancellationToken);

    public void Dispose() => _set.Dispose();

    /// <summary>The tag as it was asked for; by id or digest there is none.</summary>
    private static ImageReference? NameOf(ImageCatalog images, string typed, Digest id)
        => ImageReference.TryParse(typed, out ImageReference? name, out _) && name.Digest is null && images.FindByName(name)?.Id == id
            ? name.WithDefaultTag() : null;

    private static Digest? KnownAs(ImageCatalog images, ImageReference name, DeltaSet set)
    {
        foreach (StoredManifest document in set.Manifests)
        {
            if (images.FindByName(name.AtDigest(document.Digest))?.Id == set.Target.Id)
            {
                return document.Digest;
            }
        }

        return null;
    }
}
