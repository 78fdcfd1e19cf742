namespace Coracle.Oci;

/// <summary>The media types of Docker's schema 2 and of OCI image-spec v1.1, and what this engine takes each for.</summary>
public static class MediaTypes
{
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";

    /// <summary>The two bytes <c>{}</c>: the config of an artifact that has none.</summary>
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";

    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    public const string OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    private const string DockerForeignPrefix = "application/vnd.docker.image.rootfs.foreign.";
    private const string OciForeignPrefix = "application/vnd.oci.image.layer.nondistributable.";
    private const string SchemaOnePrefix = "application/vnd.docker.distribution.manifest.v1+";

    /// <summary>The Accept header of a manifest request, the most wanted first.</summary>
    public const string AcceptManifests = DockerManifest + ", " + DockerManifestList + ", " + OciManifest + ", " + OciIndex;

    public static bool IsIndex(string mediaType) => mediaType is DockerManifestList or OciIndex;

    public static bool IsManifest(string mediaType) => mediaType is DockerManifest or OciManifest;

    /// <summary>Docker's first registry format, signed JSON without a config blob; gone from Docker too.</summary>
    public static bool IsSchemaOne(string mediaType) => mediaType.StartsWith(SchemaOnePrefix, StringComparison.Ordinal);

    public static bool IsImageConfig(string mediaType) => mediaType is DockerConfig or OciConfig;

    public static bool IsLayer(string mediaType)
        => mediaType is DockerLayer or DockerLayerGzip or DockerLayerZstd or OciLayer or OciLayerGzip or OciLayerZstd;

    /// <summary>A layer that may not be redistributed and is fetched from elsewhere: Windows base images only.</summary>
    public static bool IsForeignLayer(string mediaType)
        => mediaType.StartsWith(DockerForeignPrefix, StringComparison.Ordinal) || mediaType.StartsWith(OciForeignPrefix, StringComparison.Ordinal);
}
