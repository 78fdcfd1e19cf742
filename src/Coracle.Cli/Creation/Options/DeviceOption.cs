namespace Coracle.Cli;

/// <summary><c>--device host[:container][:permissions]</c>.</summary>
internal sealed record DeviceOption(string OnHost, string InContainer, string Permissions)
{
    private const string AllPermissions = "rwm";

    /// <exception cref="CliException">Docker's words.</exception>
    public static DeviceOption Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3 || parts[0].Length == 0)
        {
            throw new CliException($"bad format for path: {text}");
        }

        DeviceOption device = parts.Length switch
        {
            1 => new(text, text, AllPermissions),
            2 when IsPermissions(parts[1]) => new(parts[0], parts[0], parts[1]),
            2 => new(parts[0], parts[1], AllPermissions),
            _ => new(parts[0], parts[1], IsPermissions(parts[2]) ? parts[2] : throw new CliException($"bad mode specified: {parts[2]}")),
        };
        return device.InContainer.StartsWith('/') ? device : throw new CliException($"{device.InContainer} is not an absolute path");
    }

    /// <summary>A device by its vendor's name (CDI): <c>vendor.com/class=name</c>.</summary>
    public static bool IsQualifiedName(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal), equals = text.IndexOf('=', StringComparison.Ordinal);
        return slash > 0 && equals > slash + 1 && equals + 1 < text.Length && !text.Contains(':', StringComparison.Ordinal);
    }

    /// <summary><c>c 1:3 mr</c>: type, numbers or asterisks, permissions.</summary>
    public static bool IsRule(string rule)
    {
        string[] words = rule.Split(' ');
        return words is ["a" or "b" or "c", _, _] && words[1].Split(':') is [string major, string minor] && IsNumber(major) && IsNumber(minor)
            && words[2].Length is > 0 and <= 3 && words[2].AsSpan().IndexOfAnyExcept(AllPermissions) < 0;
    }

    private static bool IsNumber(string text) => text == "*" || text.Length > 0 && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsPermissions(string text)
    {
        foreach (char letter in text)
        {
            if (!AllPermissions.Contains(letter, StringComparison.Ordinal) || text.IndexOf(letter, StringComparison.Ordinal) != text.LastIndexOf(letter))
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
