using System.Globalization;

namespace Coracle.Core;

/// <summary>A container's state as people read it: Docker's words, whose beginnings clients parse.</summary>
public static class StatusText
{
    public static string Of(ContainerState state, DateTimeOffset now) => state.Phase switch
    {
        ContainerPhase.Running => "Up " + Duration(now - (state.StartedAt ?? now)),
        ContainerPhase.Paused => $"Up {Duration(now - (state.StartedAt ?? now))} (Paused)",
        ContainerPhase.Restarting => $"Restarting ({state.ExitCode}) {Duration(now - (state.FinishedAt ?? now))} ago",
        ContainerPhase.Removing or ContainerPhase.Removed => "Removal In Progress",
        _ when state.RemovalFailed => "Dead",
        _ when state.StartedAt is null => "Created",
        _ when state.FinishedAt is null => "",
        _ => $"Exited ({state.ExitCode}) {Duration(now - state.FinishedAt!.Value)} ago",
    };

    /// <summary>As Docker rounds: "About an hour", "2 weeks".</summary>
    public static string Duration(TimeSpan span)
    {
        int seconds = (int)span.TotalSeconds;
        int minutes = (int)span.TotalMinutes;
        int hours = (int)(span.TotalHours + 0.5);
        return seconds < 1 ? "Less than a second"
            : seconds == 1 ? "1 second"
            : seconds < 60 ? Count(seconds, "seconds")
            : minutes == 1 ? "About a minute"
            : minutes < 60 ? Count(minutes, "minutes")
            : hours == 1 ? "About an hour"
            : hours < 48 ? Count(hours, "hours")
            : hours < 24 * 7 * 2 ? Count(hours / 24, "days")
            : hours < 24 * 30 * 2 ? Count(hours / 24 / 7, "weeks")
            : hours < 24 * 365 * 2 ? Count(hours / 24 / 30, "months")
            : Count((int)span.TotalHours / 24 / 365, "years");
    }

    private static string Count(int number, string unit) => number.ToString(CultureInfo.InvariantCulture) + " " + unit;
}
