using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /system/df, in the shape that it had until API 1.52: a list a kind, and the layers' sum.</summary>
internal sealed class DiskUsageReport
{
    private const int LastWithoutAnnotations = 45;

    private const string Containers = "container", Images = "image", Volumes = "volume", BuildCache = "build-cache";

    private readonly ApiServices _services;

    // Each walks directories, and dashboards ask again and again: one walk at a time.
    private readonly SharedWork<ImageUsage> _images;
    private readonly SharedWork<ContainerUsage> _containers;
    private readonly SharedWork<IReadOnlyList<VolumeUsage>> _volumes;

    public DiskUsageReport(ApiServices services)
    {
        _services = services;
        _images = new SharedWork<ImageUsage>(MeasureImages);
        _containers = new SharedWork<ContainerUsage>(MeasureContainers);
        _volumes = new SharedWork<IReadOnlyList<VolumeUsage>>(() => _services.Containers.Parts.Volumes.Usage());
    }

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        IReadOnlyList<string> types = TypesOf(request);
        bool Wants(string type) => types.Count == 0 || types.Contains(type);
        ImageUsage? images = Wants(Images) ? await _images.RunAsync(request.Aborted) : null;
        ContainerUsage? containers = Wants(Containers) ? await _containers.RunAsync(request.Aborted) : null;
        IReadOnlyList<VolumeUsage>? volumes = Wants(Volumes) ? await _volumes.RunAsync(request.Aborted) : null;
        bool withCache = Wants(BuildCache);
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("LayersSize"u8, images?.LayersSize ?? 0);
            WriteImages(json, images, request.Version);
            WriteContainers(json, containers);
            WriteVolumes(json, volumes);
            WriteBuildCache(json, withCache);
            json.WriteEndObject();
        });
    }

    /// <returns>Empty means all.</returns>
    /// <exception cref="EngineException">400: none of the four.</exception>
    private static IReadOnlyList<string> TypesOf(ApiRequest request)
    {
        IReadOnlyList<string> types = request.Version.Adds(42) ? request.QueryAll("type") : [];
        foreach (string type in types)
        {
            if (type is not (Containers or Images or Volumes or BuildCache))
            {
                throw new EngineException(Refusal.InvalidArgument, $"unknown object type: {type}");
            }
        }

        return types;
    }

    private ImageUsage MeasureImages()
        => new(_services.Images.Parts.Queries.LayersSize, _services.Images.Parts.Queries.List(Filters.None));

    private ContainerUsage MeasureContainers()
    {
        ContainerParts parts = _services.Containers.Parts;
        IReadOnlyList<Container> containers = [.. parts.Containers.List()];
        Dictionary<string, (long Writable, long Root)> sizes = [];
        foreach (Container container in containers)
        {
            sizes[container.Id] = parts.SizesOf(container.Record);
        }

        return new ContainerUsage(containers, sizes);
    }

    private static void WriteImages(Utf8JsonWriter json, ImageUsage? usage, ApiVersion version)
    {
        json.WritePropertyName("Images"u8);
        if (usage is null)
        {
            json.WriteNullValue();   // not asked for: Go's nil
            return;
        }

        json.WriteStartArray();
        foreach (ImageSummary image in usage.Images)
        {
            ImageJson.WriteSummary(json, image, version, SummaryDetail.Usage);
        }

        json.WriteEndArray();
    }

    private void WriteContainers(Utf8JsonWriter json, ContainerUsage? usage)
    {
        json.WritePropertyName("Containers"u8);
        if (usage is null)
        {
            json.WriteNullValue();
            return;
        }

        DateTimeOffset now = _services.Containers.Parts.Time.GetUtcNow();
        json.WriteStartArray();
        foreach (Container container in usage.Containers)
        {
            ContainerList.Write(json, container, _services.Containers.Parts, now, usage.Sizes, ApiVersion.Of(LastWithoutAnnotations), LinkNames.Of([]));
        }

        json.WriteEndArray();
    }

    private static void WriteVolumes(Utf8JsonWriter json, IReadOnlyList<VolumeUsage>? volumes)
    {
        json.WritePropertyName("Volumes"u8);
        if (volumes is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        foreach (VolumeUsage usage in volumes)
        {
            VolumeShape.Write(json, usage.Volume, usage);
        }

        json.WriteEndArray();
    }

    /// <summary>Nothing is kept for builds beside the images: an empty list, or none where it was not asked for.</summary>
    private static void WriteBuildCache(Utf8JsonWriter json, bool isAskedFor)
    {
        json.WritePropertyName("BuildCache"u8);
        if (isAskedFor)
        {
            json.WriteStartArray();
            json.WriteEndArray();
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private sealed record ImageUsage(long LayersSize, IReadOnlyList<ImageSummary> Images);

    private sealed record ContainerUsage(IReadOnlyList<Container> Containers, Dictionary<string, (long Writable, long Root)> Sizes);
}
