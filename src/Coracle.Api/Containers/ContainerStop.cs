using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/stop</summary>
internal sealed class ContainerStop(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        StopOutcome outcome = await container.StopAsync(StopWish.Signal(request), StopWish.Grace(request), request.Aborted);
        return outcome == StopOutcome.AlreadyStopped ? ApiResponse.NotModified : ApiResponse.NoContent;
    }
}

/// <summary>POST /containers/{id}/restart</summary>
internal sealed class ContainerRestart(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        await container.RestartAsync(StopWish.Signal(request), StopWish.Grace(request), request.Aborted);
        return ApiResponse.NoContent;
    }
}

/// <summary>How a stop is asked for: <c>signal</c> (since 1.42) and <c>t</c>.</summary>
internal static class StopWish
{
    /// <summary>About 24 days: what a timer can hold.</summary>
    private const int LongestSeconds = int.MaxValue / 1000;

    public static Signal? Signal(ApiRequest request)
        => request.Version.Adds(42) && request.Query("signal") is { Length: > 0 } signal ? Core.Signal.Parse(signal) : null;

    /// <summary>Null takes the container's own; -1 never kills.</summary>
    public static TimeSpan? Grace(ApiRequest request)
    {
        if (string.IsNullOrEmpty(request.Query("t")))
        {
            return null;
        }

        int seconds = request.QueryInt("t", 0);
        return seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds));
    }
}
