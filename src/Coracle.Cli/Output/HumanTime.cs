namespace Coracle.Cli;

/// <summary>go-units' durations, which Docker's tables show.</summary>
internal static class HumanTime
{
    public static string Ago(TimeSpan span) => Duration(span) + " ago";

    public static string Duration(TimeSpan span) => span.TotalSeconds switch
    {
        < 1 => "Less than a second",
        < 2 => "1 second",
        < 60 => $"{(int)span.TotalSeconds} seconds",
        _ => span.TotalMinutes switch
        {
            < 2 => "About a minute",
            < 60 => $"{(int)span.TotalMinutes} minutes",
            _ => Longer(span),
        },
    };

    private static string Longer(TimeSpan span)
    {
        int hours = (int)Math.Round(span.TotalHours, MidpointRounding.AwayFromZero);
        return hours switch
        {
            1 => "About an hour",
            < 48 => $"{hours} hours",
            < 24 * 14 => $"{hours / 24} days",
            < 24 * 60 => $"{hours / 24 / 7} weeks",
            < 24 * 365 * 2 => $"{hours / 24 / 30} months",
            _ => $"{(int)(span.TotalHours / 24 / 365)} years",
        };
    }
}
