using System.Globalization;
using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>Values of driver options, with Docker's words where they are wrong.</summary>
internal static class OptionReader
{
    /// <summary>Go's ParseBool.</summary>
    public static bool? Truth(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    /// <exception cref="EngineException">400.</exception>
    public static bool Flag(string name, string value) => Truth(value) ?? throw Wrong(name, value, $"strconv.ParseBool: parsing \"{value}\": invalid syntax");

    /// <exception cref="EngineException">400.</exception>
    public static int Number(string name, string value)
        => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Wrong(name, value, $"strconv.Atoi: parsing \"{value}\": invalid syntax");

    /// <exception cref="EngineException">400.</exception>
    public static IPAddress Address(string name, string value) => Subnet.TryParseAddress(value, out IPAddress address) ? address : throw Wrong(name, value, "nil ip");

    public static EngineException Wrong(string name, string value, string why)
        => new(Refusal.InvalidArgument, $"failed to parse {name} value: {value} ({why})");
}
