namespace Coracle.Api;

/// <summary>POST /images/delta: an image that makes one image out of another, as balenaEngine has it.</summary>
internal sealed class ImageDelta(ImageServices images)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        // balenaEngine knows one format and sends no such parameter; the place for another one is here.
        NotBuiltYet.Option((request.Query("format") ?? "") is not ("" or "librsync"), "deltas of another format than librsync");
        string source = request.Query("src") ?? "", target = request.Query("dest") ?? "", tag = request.Query("t") ?? "";
        return Task.FromResult(ProgressResponse.Of(
            (lines, cancellationToken) => images.Parts.BalenaDelta.CreateAsync(source, target, tag, lines, cancellationToken), images.Logger));
    }
}
