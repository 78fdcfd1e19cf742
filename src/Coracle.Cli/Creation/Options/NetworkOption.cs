using System.Globalization;

namespace Coracle.Cli;

/// <summary><c>--network</c>: a name, or <c>name=…,alias=…,ip=…</c>.</summary>
internal sealed class NetworkOption
{
    public string Name { get; private set; } = "";

    public List<string> Aliases { get; } = [];

    public List<string> DriverOptions { get; } = [];

    public string Address { get; set; } = "";

    public string Address6 { get; set; } = "";

    public List<string> LinkLocal { get; } = [];

    public string MacAddress { get; set; } = "";

    public long GatewayPriority { get; private set; }

    /// <summary>With a driver that gives addresses and names of its own accord, and not one of the engine's own modes.</summary>
    public bool IsUserDefined => Name is not ("bridge" or "default" or "host" or "none") && !Name.StartsWith("container:", StringComparison.Ordinal);

    /// <exception cref="CliException">Docker's words.</exception>
    public static NetworkOption Parse(string text)
    {
        NetworkOption network = new();
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            network.Name = text;
            return network;
        }

        foreach (string field in KeyValues.Fields(text))
        {
            network.Set(field);
        }

        return network.Name.Length > 0 ? network : throw new CliException("network name/id is not specified");
    }

    private void Set(string field)
    {
        if (!field.Contains('=', StringComparison.Ordinal))
        {
            throw new CliException($"invalid field {field}");
        }

        (string written, string given) = KeyValues.Split(field.ToLowerInvariant()); // values too: Docker's has no other
        string key = written.Trim(), value = given.Trim();
        switch (key)
        {
            case "name": Name = value; break;
            case "alias": Aliases.Add(value); break;
            case "driver-opt":
                DriverOptions.Add(value.Contains('=', StringComparison.Ordinal) ? value : throw new CliException("invalid key value pair format in driver options"));
                break;
            case "ip": Address = value; break;
            case "ip6": Address6 = value; break;
            case "link-local-ip": LinkLocal.Add(value); break;
            case "mac-address": MacAddress = value; break;
            case "gw-priority":
                GatewayPriority = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long priority)
                    ? priority
                    : throw new CliException($"invalid gw-priority ({value}): invalid syntax");
                break;
            default: throw new CliException($"invalid field key {key}");
        }
    }
}
