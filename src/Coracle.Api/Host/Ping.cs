namespace Coracle.Api;

/// <summary>GET and HEAD /_ping. The CLI sends one before every command and negotiates by its headers.</summary>
internal static class Ping
{
    public static Task<ApiResponse> HandleAsync(ApiRequest request)
        => Task.FromResult(ApiResponse.Bytes(200, "text/plain; charset=utf-8", request.Http.Method == "HEAD" ? default : "OK"u8.ToArray())
            .With("Builder-Version", "1") // the classic builder
            .With("Swarm", "inactive")    // with it, dashboards never call a swarm route
            .With("Cache-Control", "no-cache, no-store, must-revalidate")
            .With("Pragma", "no-cache"));
}
