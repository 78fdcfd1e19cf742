using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>POST /images/create: pull (<c>fromImage</c>) or import (<c>fromSrc</c>).</summary>
internal sealed class ImageCreate(ImageServices images)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
        => Task.FromResult(request.Query("fromImage") is { Length: > 0 } name ? Pull(request, name) : Import(request));

    private ApiResponse Pull(ApiRequest request, string name)
    {
        // Docker trims the colon that clients leave when they join a name and no tag.
        ImageReference image = WithTagOrDigest(Parse(name.TrimEnd(':')), request.Query("tag") ?? "");
        PullRequest pull = new(image, ReadPlatform(request), request.Http.Headers["X-Registry-Auth"]);
        return ProgressResponse.Of((lines, cancellationToken) => images.Parts.Pull.RunAsync(pull, lines, cancellationToken), images.Logger);
    }

    private ApiResponse Import(ApiRequest request)
    {
        string source = request.Query("fromSrc") ?? "";
        if (source.Length == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid reference format");
        }

        NotBuiltYet.Option(source != "-", "importing from an address");
        string repository = request.Query("repo") ?? "";
        ImportRequest import = new(
            repository.Length == 0 ? null : ImageTagging.ParseName(repository, request.Query("tag") ?? ""),
            request.Query("message") is { Length: > 0 } message ? message : "Imported from -",
            request.QueryAll("changes"),
            ReadPlatform(request) ?? Platform.Host with { Variant = "" });
        return ProgressResponse.Of(
            async (lines, cancellationToken) =>
            {
                Digest id = await images.Parts.Import.RunAsync(request.Http.Body, import, cancellationToken);
                lines.Add(new ProgressLine(id.ToString()));
            },
            images.Logger);
    }

    /// <summary>The tag parameter may be a digest; with neither there nor in the name, every tag is meant.</summary>
    private static ImageReference WithTagOrDigest(ImageReference image, string tag)
        => tag.Length == 0 ? image
            : Digest.TryParse(tag, out Digest? digest) ? image.AtDigest(digest)
            : Parse($"{image.Name}:{tag}");

    private static ImageReference Parse(string text) => ImageReference.TryParse(text, out ImageReference? image, out string? error)
        ? image
        : throw new EngineException(Refusal.InvalidArgument, error);

    private static Platform? ReadPlatform(ApiRequest request)
    {
        if (request.Query("platform") is not { Length: > 0 } text)
        {
            return null;
        }

        return Platform.TryParse(text, out Platform? platform, out string? error)
            ? platform
            : throw new EngineException(Refusal.InvalidArgument, error);
    }
}
