using System.Text;

namespace Coracle.E2E;

/// <summary>One name for several processors.</summary>
public sealed class PlatformTests(Stage stage) : EngineTest(stage)
{
    private const string IndexType = "application/vnd.docker.distribution.manifest.list.v2+json";

    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private static readonly string _here = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        _ => "arm",
    };

    [Fact]
    public async Task This_machines_image_is_taken_and_what_is_no_image_is_passed_over()
    {
        string reference = await PushIndexAsync("multi", "unknown/unknown", "linux/s390x", "linux/" + _here);

        await Docker.SayAsync("pull", "-q", reference);

        Assert.Equal("linux/" + _here, await InspectAsync(reference, "{{.Os}}/{{.Architecture}}"));
        await Docker.SayAsync("rmi", reference);
    }

    [Theory]
    [InlineData("linux/arm/v7", "v6")]   // no v7 there: the next lower
    [InlineData("linux/arm/v6", "v6")]
    [InlineData("linux/arm/v5", "v5")]
    public async Task The_best_that_a_processor_can_run_is_taken(string platform, string variant)
    {
        // dockerd 20.10 takes the first that runs at all, later ones the best.
        string[] variants = Engine.Kind == EngineKind.Docker ? ["linux/arm/v6", "linux/arm/v5"] : ["linux/arm/v5", "linux/arm/v6"];
        string reference = await PushIndexAsync("arms", [.. variants, "linux/arm64/v8"]);

        await Docker.SayAsync("pull", "-q", "--platform", platform, reference);

        Assert.Equal($"arm {variant}", await InspectAsync(reference, "{{.Architecture}} {{.Variant}}"));
        await Docker.SayAsync("rmi", reference);
    }

    [Theory]
    [InlineData("linux/arm/v7")]
    [InlineData("linux/riscv64")]
    public async Task A_processor_that_nothing_is_for_is_named(string platform)
    {
        string reference = await PushIndexAsync("few", "unknown/unknown", "linux/s390x");

        CommandResult pull = await Docker.RunAsync("pull", "--platform", platform, reference);

        Assert.Contains($"no matching manifest for {platform} in the manifest list entries", pull.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_without_this_machine_is_refused_by_its_name()
    {
        string reference = await PushIndexAsync("few", "unknown/unknown", "linux/s390x");

        Assert.Contains(
            $"no matching manifest for linux/{_here}", (await Docker.RunAsync("pull", reference)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_for_another_machine_is_made_a_container_of_with_a_warning()
    {
        string reference = await PushIndexAsync("other", "linux/s390x");
        await Docker.SayAsync("pull", "-q", "--platform", "linux/s390x", reference);

        CommandResult create = (await Docker.RunAsync("create", "--name", Name(), "--network", "none", reference, "x")).Succeeds();

        Assert.Contains("The requested image's platform (linux/s390x) does not match the detected host platform (linux/" + _here, create.Errors, StringComparison.Ordinal);
        Assert.Contains("and no specific platform was requested", create.Errors, StringComparison.Ordinal);
        CommandResult asked = (await Docker.RunAsync("create", "--name", Name(), "--network", "none", "--platform", "linux/s390x", reference, "x")).Succeeds();
        Assert.DoesNotContain("does not match", asked.Errors, StringComparison.Ordinal);
        await Docker.RunAsync("rm", "-f", create.Text.Trim(), asked.Text.Trim());
        await Docker.SayAsync("rmi", reference);
    }

    [Fact, Trait("Engine", "coracle")] // dockerd 20.10 says nothing; later ones say this
    public async Task An_image_that_is_for_one_machine_alone_comes_with_a_warning_when_another_was_asked_for()
    {
        CommandResult pull = (await Docker.RunAsync("pull", "--platform", "linux/s390x", App)).Succeeds();

        Assert.Contains($"WARNING: image with reference {App} was found but does not match the specified platform: wanted linux/s390x, actual: linux/{_here}", pull.Output, StringComparison.Ordinal);
    }

    /// <summary>An index with one small image for each platform.</summary>
    private async Task<string> PushIndexAsync(string repository, params string[] platforms)
    {
        Layer layer = Gallery.Noise("n", repository.Length, 500);
        await Registry.PutBlobAsync(repository, layer.Digest, layer.Blob);
        List<string> entries = [];
        foreach (string platform in platforms)
        {
            string[] parts = platform.Split('/');
            string variant = parts.Length > 2 ? $",\"variant\":\"{parts[2]}\"" : "";
            string fields = $"\"os\":\"{parts[0]}\",\"architecture\":\"{parts[1]}\"{variant}";
            byte[] config = Encoding.UTF8.GetBytes($$$"""{{{{fields}}},"config":{"Cmd":["x"]},"rootfs":{"type":"layers","diff_ids":["{{{layer.DiffId}}}"]}}""");
            await Registry.PutBlobAsync(repository, LayerTar.DigestOf(config), config);
            byte[] manifest = Encoding.UTF8.GetBytes($$$"""
                {"schemaVersion":2,"mediaType":"{{{ManifestType}}}",
                 "config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{{{LayerTar.DigestOf(config)}}}","size":{{{config.Length}}}},
                 "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","digest":"{{{layer.Digest}}}","size":{{{layer.Blob.Length}}}}]}
                """);
            string digest = LayerTar.DigestOf(manifest);
            await Registry.PutManifestAsync(repository, digest, ManifestType, manifest);
            entries.Add($$$"""{"mediaType":"{{{ManifestType}}}","digest":"{{{digest}}}","size":{{{manifest.Length}}},"platform":{{{{fields}}}}}""");
        }

        await Registry.PutManifestAsync(
            repository, "1", IndexType, Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[{{string.Join(',', entries)}}]}"""));
        return Registry.Reference(repository + ":1");
    }
}
