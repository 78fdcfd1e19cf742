using Coracle.Oci;

namespace Coracle.Api;

/// <summary>GET /images/get, GET /images/{name}/get (save) and POST /images/load.</summary>
internal sealed class ImageArchives(ImageServices images)
{
    private const string TarType = "application/x-tar";

    private const int PlatformSince = 48;

    public Task<ApiResponse> SaveAsync(ApiRequest request) => AnswerAsync(request, request.QueryAll("names"));

    public Task<ApiResponse> SaveOneAsync(ApiRequest request) => AnswerAsync(request, [request.Route["name"]]);

    public Task<ApiResponse> LoadAsync(ApiRequest request)
    {
        bool isQuiet = request.QueryBool("quiet");
        Platform? platform = PlatformParameter.Read(request, PlatformSince);
        return Task.FromResult(ProgressResponse.OfLines(
            (lines, cancellationToken) => images.Parts.Load.RunAsync(request.Http.Body, platform, isQuiet, lines, cancellationToken), images.Logger));
    }

    private Task<ApiResponse> AnswerAsync(ApiRequest request, IReadOnlyList<string> names)
    {
        Platform? platform = PlatformParameter.Read(request, PlatformSince);
        return Task.FromResult(ApiResponse.Stream(
            TarType, (output, aborted) => images.Parts.Save.WriteAsync(names, platform, output, aborted), HeadFlush.WithFirstByte));
    }
}
