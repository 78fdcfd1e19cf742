using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The images of a <c>docker save</c> archive, old or new: manifest.json says which entries they are made of.</summary>
internal static class DockerArchive
{
    /// <returns>Null where the archive is of another kind.</returns>
    /// <exception cref="EngineException">What it says does not fit together.</exception>
    public static IReadOnlyList<LoadedImage>? TryRead(ArchiveContents contents)
    {
        if (contents.Find(ArchiveImage.FileName) is not { } manifest)
        {
            return null;
        }

        List<LoadedImage> images = [];
        foreach (ArchiveImage image in ArchiveImage.ParseAll(Document(manifest, ArchiveImage.FileName).Bytes))
        {
            ArchiveMember.Document config = Document(Find(contents, image.Config), image.Config);
            images.Add(LoadedImage.Check(config, [.. image.Layers.Select(layer => Layer(contents, layer))], [.. image.RepoTags.Select(Tag)]));
        }

        return images;
    }

    private static ArchiveMember Find(ArchiveContents contents, string name)
        => contents.Find(ArchiveName.Clean(System.Text.Encoding.UTF8.GetBytes(name)))
            ?? throw LoadedImage.Refused($"invalid archive: {name}: no such file or directory");

    private static ArchiveMember.Document Document(ArchiveMember member, string name)
        => member as ArchiveMember.Document ?? throw LoadedImage.Refused($"invalid archive: {name} is not JSON");

    private static DiffId Layer(ArchiveContents contents, string name) => Find(contents, name) switch
    {
        ArchiveMember.Layer layer => layer.DiffId,
        ArchiveMember.Unusable unusable => throw LoadedImage.Refused($"invalid archive: {name}: {unusable.Why}"),
        _ => throw LoadedImage.Refused($"invalid archive: {name} is not a layer"),
    };

    private static ImageReference Tag(string text)
        => ImageReference.TryParse(text, out ImageReference? name, out string? error)
            ? name.Tag is not null && name.Digest is null ? name : throw LoadedImage.Refused($"invalid tag \"{text}\"")
            : throw LoadedImage.Refused(error);
}
