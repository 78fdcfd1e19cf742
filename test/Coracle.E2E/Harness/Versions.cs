namespace Coracle.E2E;

/// <summary>Two versions of an application: a shared layer, and one with a file of which a part is other bytes.</summary>
/// <param name="Bytes">What <c>/data/app</c> is in the new one.</param>
internal sealed record Versions(TestImage Old, TestImage New, byte[] Bytes)
{
    /// <summary>Into Debian's registry, as <c>:1</c> and <c>:2</c>.</summary>
    /// <param name="length">Of the file, in bytes that nothing compresses.</param>
    /// <param name="changed">How many of them differ, in one piece.</param>
    public static async Task<Versions> PushAsync(Gallery images, string repository, int seed, int length, int changed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        Layer old = new LayerTar().File("data/app", bytes).Finish();
        new Random(seed + 1).NextBytes(bytes.AsSpan(length / 2, changed));
        Layer next = new LayerTar().File("data/app", bytes).Finish();
        return new Versions(
            await images.PushAsync(repository, "1", [images.Busybox, old], new RunSettings(["sh"])),
            await images.PushAsync(repository, "2", [images.Busybox, next], new RunSettings(["sh"])), bytes);
    }

    /// <summary>Images of Debian's registry in one of ours as well, under the same digests.</summary>
    public static void Copy(Registry from, TestRegistry to, string repository, params TestImage[] images)
    {
        foreach (TestImage image in images)
        {
            foreach (Layer layer in image.Layers)
            {
                to.Store.PutBlob(repository, layer.Blob);
            }

            to.Store.PutBlob(repository, File.ReadAllBytes(from.BlobFile(image.Id)));
            to.Store.PutManifest(
                repository, image.Reference[(image.Reference.LastIndexOf(':') + 1)..], "application/vnd.docker.distribution.manifest.v2+json",
                File.ReadAllBytes(from.BlobFile(image.ManifestDigest)));
        }
    }

    /// <summary>What everybody must say of an image, however it came.</summary>
    public static async Task AreWholeAsync(DockerCli docker, string reference, TestImage image)
    {
        string repository = reference[..reference.LastIndexOf(':')];
        Assert.Equal(
            $"{image.Id} [\"{repository}@{image.ManifestDigest}\"] [{string.Join(',', image.Layers.Select(layer => $"\"{layer.DiffId}\""))}]",
            await docker.SayAsync("inspect", "--format", "{{.Id}} {{json .RepoDigests}} {{json .RootFS.Layers}}", reference));
    }
}
