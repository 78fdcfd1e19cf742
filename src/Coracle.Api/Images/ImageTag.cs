namespace Coracle.Api;

/// <summary>POST /images/{name}/tag</summary>
internal sealed class ImageTag(ImageServices images)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        await Task.Run(() => images.Parts.Tagging.Tag(request.Route["name"], request.Query("repo") ?? "", request.Query("tag") ?? ""));
        return ApiResponse.Created;
    }
}
