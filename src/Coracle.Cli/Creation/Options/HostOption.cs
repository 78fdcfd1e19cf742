namespace Coracle.Cli;

/// <summary><c>--add-host name:address</c> or <c>name=address</c>; an IPv6 address may stand in brackets.</summary>
internal static class HostOption
{
    public static string? Complaint(string text)
    {
        if (Split(text) is not (string name, string address) || name.Length == 0)
        {
            return $"bad format for add-host: \"{text}\"";
        }

        return address == "host-gateway" || AddressSyntax.IsAddress(address) ? null : $"invalid IP address in add-host: \"{address}\"";
    }

    /// <summary>As the API takes it: with a colon, without brackets.</summary>
    public static string Of(string text) => Split(text) is (string name, string address) ? $"{name}:{address}" : text;

    private static (string Name, string Address)? Split(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        if (at < 0)
        {
            at = text.IndexOf(':', StringComparison.Ordinal);
        }

        if (at < 0)
        {
            return null;
        }

        string address = text[(at + 1)..];
        return (text[..at], address is ['[', .. string inner, ']'] ? inner : address);
    }
}
