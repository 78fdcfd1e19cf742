using System.Text.Json;

namespace Coracle.Oci;

/// <summary>Docker's HEALTHCHECK.</summary>
/// <param name="Test"><c>NONE</c>, <c>CMD</c> and arguments, or <c>CMD-SHELL</c> and one line; null inherits.</param>
/// <param name="Retries">Zero means the default.</param>
/// <remarks>Times are nanoseconds in the document; a zero means the default.</remarks>
public sealed record HealthcheckDefaults(
    IReadOnlyList<string>? Test, TimeSpan Interval, TimeSpan Timeout, TimeSpan StartPeriod, TimeSpan StartInterval, int Retries)
{
    private const long MaxNanoseconds = long.MaxValue / 2;

    internal static HealthcheckDefaults Read(JsonElement element) => new(
        element.Texts("Test"),
        Duration(element, "Interval"),
        Duration(element, "Timeout"),
        Duration(element, "StartPeriod"),
        Duration(element, "StartInterval"),
        (int)Math.Clamp(element.Number("Retries") ?? 0, 0, int.MaxValue));

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteTextsUnlessNull("Test", Test);
        WriteDuration(json, "Interval", Interval);
        WriteDuration(json, "Timeout", Timeout);
        WriteDuration(json, "StartPeriod", StartPeriod);
        WriteDuration(json, "StartInterval", StartInterval);
        if (Retries != 0)
        {
            json.WriteNumber("Retries", Retries);
        }

        json.WriteEndObject();
    }

    private static TimeSpan Duration(JsonElement element, string name)
        => TimeSpan.FromTicks(Math.Clamp(element.Number(name) ?? 0, 0, MaxNanoseconds) / TimeSpan.NanosecondsPerTick);

    private static void WriteDuration(Utf8JsonWriter json, string name, TimeSpan value)
    {
        if (value != TimeSpan.Zero)
        {
            json.WriteNumber(name, value.Ticks * TimeSpan.NanosecondsPerTick);
        }
    }
}
