using System.Globalization;
using System.Text;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>
/// GET /metrics, in Prometheus' text format 0.0.4: what costs nothing to know. Docker's names where Docker counts the same, so that its
/// dashboards show it; Docker has them on an address of their own (<c>--metrics-addr</c>), we have them on the engine's socket.
/// </summary>
internal sealed class MetricsReport(HostServices host)
{
    /// <summary>When this engine was put together, some milliseconds after its process.</summary>
    private readonly DateTimeOffset _start = host.Time.GetUtcNow();

    public Task<ApiResponse> HandleAsync(ApiRequest request)
        => Task.FromResult(ApiResponse.Bytes(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(Text())));

    private string Text()
    {
        StringBuilder text = new();
        WriteEngine(text);
        WriteDeltas(text);
        return text.ToString();
    }

    private void WriteEngine(StringBuilder text)
    {
        ContainerCounts counts = host.CountContainers();
        Head(text, "engine_daemon_engine_info", "gauge", "The information related to the engine and the OS it is running on");
        text.Append("engine_daemon_engine_info{");
        Label(text, "version", host.Identity.OwnVersion, ",");
        Label(text, "kernel", host.Facts.KernelVersion, ",");
        Label(text, "architecture", host.Facts.Machine, ",");
        Label(text, "daemon_id", host.Facts.Id, "} 1\n");

        Head(text, "engine_daemon_container_states_containers", "gauge", "The count of containers in various states");
        Line(text, "engine_daemon_container_states_containers{state=\"paused\"}", counts.Paused);
        Line(text, "engine_daemon_container_states_containers{state=\"running\"}", counts.Running);
        Line(text, "engine_daemon_container_states_containers{state=\"stopped\"}", counts.Stopped);

        Metric(text, "coracle_images", "gauge", "Images that are here", host.CountImages());
        Metric(text, "process_start_time_seconds", "gauge", "Start time of the engine since the Unix epoch in seconds", _start.ToUnixTimeSeconds());
    }

    private void WriteDeltas(StringBuilder text)
    {
        DeltaCounters deltas = host.Deltas;
        Metric(text, "coracle_delta_layers_total", "counter", "Layers that a delta made", deltas.Applied);
        Metric(text, "coracle_delta_fetched_bytes_total", "counter", "Bytes of deltas that were fetched, those in vain included", deltas.BytesFetched);
        Metric(text, "coracle_delta_saved_bytes_total", "counter", "Bytes of full layers that deltas saved, less the deltas' own", deltas.BytesSaved);

        Head(text, "coracle_delta_fallbacks_total", "counter", "Layers that came in full although they had a delta");
        for (int i = 0; i < DeltaCounters.Reasons.Length; i++)
        {
            Line(text, $"coracle_delta_fallbacks_total{{reason=\"{DeltaCounters.Reasons[i]}\"}}", deltas.FallbacksFor(i));
        }
    }

    private static void Metric(StringBuilder text, string name, string type, string help, long value)
    {
        Head(text, name, type, help);
        Line(text, name, value);
    }

    private static void Head(StringBuilder text, string name, string type, string help)
        => text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Line(StringBuilder text, string name, long value)
        => text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>A value may hold anything but what ends it: the format escapes three characters.</summary>
    private static void Label(StringBuilder text, string name, string value, string end)
        => text.Append(name).Append("=\"")
            .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
            .Append('"').Append(end);
}
