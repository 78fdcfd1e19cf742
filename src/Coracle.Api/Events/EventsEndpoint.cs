using System.Buffers;
using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /events: what is remembered from <c>since</c> on, then what happens, until <c>until</c> or until the client goes.</summary>
internal sealed class EventsEndpoint(ContainerServices services)
{
    private static readonly string[] _filters =
        ["config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume"];

    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        EventFilter filter = new(Filters.Parse(request.Query("filters"), _filters));
        long? since = ReadTime(request, "since"), until = ReadTime(request, "until");
        if (since is not null && until is not null && since > until)
        {
            throw new EngineException(Refusal.InvalidArgument, "`since` time cannot be after `until` time");
        }

        return Task.FromResult(ApiResponse.Stream(
            ApiResponse.JsonType, (body, aborted) => WriteAsync(filter, since, until, body, aborted)));
    }

    private static long? ReadTime(ApiRequest request, string name) => request.Query(name) is { Length: > 0 } text ? LogTime.Parse(text) : null;

    private async Task WriteAsync(EventFilter filter, long? since, long? until, Stream body, CancellationToken aborted)
    {
        (IReadOnlyList<EngineEvent> past, EventSubscription next) = services.Events.Subscribe();
        using EventSubscription subscription = next;
        foreach (EngineEvent happened in past)
        {
            if (since is not null && LogTime.Of(happened.At) >= since && LogTime.Of(happened.At) <= (until ?? long.MaxValue))
            {
                await SendAsync(happened, filter, body, aborted);
            }
        }

        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        if (until is long last && !EndAt(last, end))
        {
            return;
        }

        await FollowAsync(subscription, filter, body, end.Token, aborted);
    }

    /// <returns>False when that time is past.</returns>
    private bool EndAt(long until, CancellationTokenSource end)
    {
        TimeSpan left = TimeSpan.FromTicks((until - LogTime.Of(services.Parts.Time.GetUtcNow())) / 100);
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        if (left < TimeSpan.FromDays(24)) // longer than a timer can hold is as good as never
        {
            end.CancelAfter(left);
        }

        return true;
    }

    private static async Task FollowAsync(
        EventSubscription subscription, EventFilter filter, Stream body, CancellationToken end, CancellationToken aborted)
    {
        while (await MoreAsync(subscription, end, aborted))
        {
            while (subscription.Reader.TryRead(out EngineEvent? happened))
            {
                await SendAsync(happened, filter, body, aborted);
            }
        }
    }

    private static async Task<bool> MoreAsync(EventSubscription subscription, CancellationToken end, CancellationToken aborted)
    {
        try
        {
            return await subscription.Reader.WaitToReadAsync(end);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return false; // the time asked for is over
        }
    }

    private static async Task SendAsync(EngineEvent happened, EventFilter filter, Stream body, CancellationToken aborted)
    {
        if (!filter.Shows(happened))
        {
            return;
        }

        ArrayBufferWriter<byte> buffer = new(512);
        using (Utf8JsonWriter json = new(buffer, JsonShape.Options))
        {
            EventShape.Write(json, happened);
        }

        buffer.Write("\n"u8);
        await body.WriteAsync(buffer.WrittenMemory, aborted);
    }
}
