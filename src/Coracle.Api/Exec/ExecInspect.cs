using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /exec/{id}/json: also after the exec's end, since clients read its exit code there.</summary>
internal sealed class ExecInspect(ContainerServices services)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        ExecInstance exec = ExecRoutes.Find(services, request);
        return Task.FromResult(ApiResponse.Json(json => ExecShape.Write(json, exec)));
    }
}

/// <summary>POST /exec/{id}/resize</summary>
internal sealed class ExecResize(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        int height = Size(request, "h"), width = Size(request, "w");
        await ExecRoutes.Find(services, request).ResizeAsync(height, width, request.Aborted);
        return ApiResponse.Ok;
    }

    /// <summary>Asked for, unlike most numbers of the API.</summary>
    private static int Size(ApiRequest request, string name)
        => string.IsNullOrEmpty(request.Query(name))
            ? throw new EngineException(Refusal.InvalidArgument, "strconv.Atoi: parsing \"\": invalid syntax")
            : (int)request.QueryLong(name, 0, 0, ushort.MaxValue);
}
