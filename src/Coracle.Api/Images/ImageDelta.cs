using System.Globalization;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>POST /images/delta, /images/delta/push, /images/delta/inspect: deltas between images.</summary>
internal sealed class ImageDelta(ImageServices images)
{
    /// <summary>balenaEngine's, which has no such parameter.</summary>
    private const string UsualFormat = "librsync";

    private const string OwnFormat = "coracle";

    private const string SummaryHeader = "X-Coracle-Delta-Summary";

    /// <summary>POST /images/delta?src=&amp;dest=&amp;format=&amp;memory=</summary>
    public Task<ApiResponse> CreateAsync(ApiRequest request) => (request.Query("format") ?? "") switch
    {
        OwnFormat => ExportAsync(request),
        "" or UsualFormat => Task.FromResult(MakeBalenas(request)),
        string other => throw new EngineException(
            Refusal.InvalidArgument, $"unknown delta format \"{other}\": there are {UsualFormat} (balenaEngine's) and {OwnFormat}"),
    };

    /// <summary>An image that makes one image out of another, as balenaEngine has it: <c>?src=&amp;dest=&amp;t=</c>.</summary>
    private ApiResponse MakeBalenas(ApiRequest request)
    {
        string source = request.Query("src") ?? "", target = request.Query("dest") ?? "", tag = request.Query("t") ?? "";
        return ProgressResponse.Of(
            (lines, cancellationToken) => images.Parts.BalenaDelta.CreateAsync(source, target, tag, lines, cancellationToken), images.Logger);
    }

    /// <summary>POST /images/delta/push?image=&amp;from=&amp;memory=</summary>
    public Task<ApiResponse> PushAsync(ApiRequest request)
    {
        string name = request.Query("image") ?? "";
        if (name.Length == 0)
        {
            // Docker's push of an image that is called delta has the same path.
            throw new EngineException(Refusal.NotImplemented, "image push is not built yet");
        }

        if (!ImageReference.TryParse(name, out ImageReference? image, out string? error))
        {
            throw new EngineException(Refusal.InvalidArgument, error);
        }

        DeltaRequest wanted = Wanted(request, "from", "image");
        string? auth = request.Http.Headers["X-Registry-Auth"];
        return Task.FromResult(ProgressResponse.Of(
            (lines, cancellationToken) => images.Parts.DeltaPush.RunAsync(image.WithDefaultTag(), wanted, auth, lines, cancellationToken), images.Logger));
    }

    /// <summary>POST /images/delta/inspect</summary>
    public async Task<ApiResponse> InspectAsync(ApiRequest request)
    {
        InspectedDelta delta = await images.Parts.DeltaInspection.RunAsync(request.Http.Body, request.Aborted);
        return ApiResponse.Json(json => DeltaReportJson.Write(json, delta));
    }

    /// <summary>The work is done before the answer begins: what fails, fails with a status.</summary>
    private async Task<ApiResponse> ExportAsync(ApiRequest request)
    {
        DeltaRequest wanted = Wanted(request, "src", "dest");
        DeltaExport export = await DeltaExport.MakeAsync(images.Parts.DeltaCreation, images.Parts.Catalog, wanted, request.Aborted);
        return ApiResponse.Stream(
            "application/x-tar",
            async (output, aborted) =>
            {
                using (export)
                {
                    await export.WriteAsync(output, aborted);
                }
            },
            HeadFlush.WithFirstByte).With(SummaryHeader, export.Summary);
    }

    private static DeltaRequest Wanted(ApiRequest request, string from, string to)
    {
        List<string> names = Names(request, from);
        string target = request.Query(to) ?? "";
        string? missing = names.Count == 0 ? from : target.Length == 0 ? to : null;
        return missing is null
            ? new DeltaRequest(names, target, Memory(request))
            : throw new EngineException(Refusal.InvalidArgument, $"a delta needs an old image and a new one: the parameter \"{missing}\" names none");
    }

    /// <summary>Given again, or with commas between them: neither names nor ids hold any.</summary>
    private static List<string> Names(ApiRequest request, string parameter)
    {
        List<string> names = [];
        foreach (string given in request.QueryAll(parameter))
        {
            names.AddRange(given.Split(',', StringSplitOptions.RemoveEmptyEntries));
        }

        return names;
    }

    private static long? Memory(ApiRequest request)
    {
        string given = request.Query("memory") ?? "";
        return given.Length == 0 ? null
            : long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes == 0 ? null : bytes
            : throw new EngineException(Refusal.InvalidArgument, $"memory=\"{given}\" is no number of bytes");
    }
}
