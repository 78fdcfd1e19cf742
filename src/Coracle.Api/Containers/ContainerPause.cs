using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/pause and /unpause</summary>
internal sealed class ContainerPause(ContainerServices services)
{
    public async Task<ApiResponse> PauseAsync(ApiRequest request)
    {
        await ContainerRoutes.Find(services, request).PauseAsync(request.Aborted);
        return ApiResponse.NoContent;
    }

    public async Task<ApiResponse> UnpauseAsync(ApiRequest request)
    {
        await ContainerRoutes.Find(services, request).ResumeAsync(request.Aborted);
        return ApiResponse.NoContent;
    }
}

/// <summary>POST /containers/{id}/rename</summary>
internal sealed class ContainerRename(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        await services.Parts.Containers.RenameAsync(container, request.Query("name") ?? "", request.Aborted);
        return ApiResponse.NoContent;
    }
}
