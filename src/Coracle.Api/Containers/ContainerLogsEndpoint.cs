using System.Globalization;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /containers/{id}/logs</summary>
internal sealed class ContainerLogsEndpoint(ContainerServices services)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        LogQuery query = ReadQuery(request, container.Record.Config.Tty);
        ContainerLogs.Check(container, query);
        return Task.FromResult(ApiResponse.Stream(
            StreamTypes.Of(request, container.Record.Config.Tty),
            (body, aborted) => services.Parts.Logs.WriteAsync(container, query, body, aborted)));
    }

    private static LogQuery ReadQuery(ApiRequest request, bool tty) => new()
    {
        Stdout = request.QueryBool("stdout"),
        Stderr = request.QueryBool("stderr"),
        Since = ReadTime(request, "since") ?? long.MinValue,
        Until = ReadTime(request, "until") ?? long.MaxValue,
        Tail = ReadTail(request),
        Timestamps = request.QueryBool("timestamps"),
        Details = request.QueryBool("details"),
        Follow = request.QueryBool("follow"),
        Raw = tty,
    };

    /// <summary>0 is "not given", as the CLI sends it.</summary>
    private static long? ReadTime(ApiRequest request, string name)
        => request.Query(name) is { Length: > 0 } text and not "0" ? LogTime.Parse(text) : null;

    /// <summary>Anything that is no number counts as "all", as with Docker.</summary>
    private static long? ReadTail(ApiRequest request)
        => long.TryParse(request.Query("tail"), NumberStyles.None, CultureInfo.InvariantCulture, out long lines) ? lines : null;
}

/// <summary>The content type of a stream of output.</summary>
internal static class StreamTypes
{
    public static string Of(ApiRequest request, bool tty)
        => tty || !request.Version.Adds(42) ? ApiResponse.RawStreamType : ApiResponse.MultiplexedStreamType;
}
