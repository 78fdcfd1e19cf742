using System.Globalization;

namespace Coracle.Cli;

internal enum LimitKind
{
    /// <summary>A share, 0 or 10 to 1000.</summary>
    Weight,

    /// <summary>Bytes a second, with units.</summary>
    Bytes,

    /// <summary>Operations a second.</summary>
    Operations,
}

/// <summary><c>/dev/path:number</c> of the block device options.</summary>
internal static class DeviceLimit
{
    public static string? Complaint(string text, LimitKind kind)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return $"bad format: {text}";
        }

        if (!text.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return $"bad format for device path: {text}";
        }

        bool isNumber = TryNumber(text[(colon + 1)..], kind, out long number);
        return kind switch
        {
            LimitKind.Weight => isNumber && number is 0 or (>= 10 and <= 1000) ? null : $"invalid weight for device: {text}",
            _ when isNumber => null,
            LimitKind.Bytes => $"invalid rate for device: {text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb",
            _ => $"invalid rate for device: {text}. The correct format is <device-path>:<number>. Number must be a positive integer",
        };
    }

    /// <param name="text">That has drawn no complaint.</param>
    public static (string Path, long Number) Parse(string text, LimitKind kind)
    {
        (string path, string rest) = KeyValues.Split(text, ':');
        TryNumber(rest, kind, out long number);
        return (path, number);
    }

    private static bool TryNumber(string text, LimitKind kind, out long number)
        => kind == LimitKind.Bytes ? ByteCount.TryParse(text, out number) : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
