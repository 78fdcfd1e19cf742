using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>Docker's health check. Times are nanoseconds, as on the wire; 0 inherits.</summary>
public sealed class Healthcheck
{
    /// <summary>Empty inherits the image's; <c>["NONE"]</c> switches it off; <c>["CMD", …]</c> and <c>["CMD-SHELL", x]</c> run.</summary>
    public IReadOnlyList<string>? Test { get; set; }

    public long Interval { get; set; }

    public long Timeout { get; set; }

    public long StartPeriod { get; set; }

    public long StartInterval { get; set; }

    public long Retries { get; set; }

    /// <summary>Something would have to be run, or a schedule of the image's check be changed.</summary>
    public bool AsksForSomething
        => Test is not ["NONE"] && (Test is { Count: > 0 } || (Interval | Timeout | StartPeriod | StartInterval | Retries) != 0);

    public static JsonTable<Healthcheck> Table { get; } = new("Config.Healthcheck", () => new Healthcheck(),
    [
        TextOrTexts<Healthcheck>("Test", h => h.Test, (h, v) => h.Test = v),
        Number<Healthcheck>("Interval", h => h.Interval, (h, v) => h.Interval = v),
        Number<Healthcheck>("Timeout", h => h.Timeout, (h, v) => h.Timeout = v),
        Number<Healthcheck>("StartPeriod", h => h.StartPeriod, (h, v) => h.StartPeriod = v),
        Number<Healthcheck>("StartInterval", h => h.StartInterval, (h, v) => h.StartInterval = v),
        Number<Healthcheck>("Retries", h => h.Retries, (h, v) => h.Retries = v),
    ]);

    /// <summary>Checks are not run yet, so one that would run is an option not built; "none" is kept as it came.</summary>
    internal static JsonField<ContainerConfig> Field { get; } = new(
        "Healthcheck",
        (config, element, reading, path) =>
        {
            config.Healthcheck = Table.Read(element, reading);
            if (config.Healthcheck is { AsksForSomething: true })
            {
                reading.AddNotBuilt(path);
            }
        },
        (config, writer) =>
        {
            if (config.Healthcheck is Healthcheck check)
            {
                writer.WritePropertyName("Healthcheck");
                Table.Write(writer, check);
            }
        });
}
