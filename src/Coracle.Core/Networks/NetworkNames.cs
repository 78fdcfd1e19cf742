namespace Coracle.Core;

/// <summary>The networks that every engine has, and the drivers.</summary>
public static class NetworkNames
{
    public const string Bridge = "bridge";

    public const string Host = "host";

    public const string None = "none";

    /// <summary>The driver of <see cref="None"/>; of the other two it is called as they are.</summary>
    public const string NullDriver = "null";

    public const string Macvlan = "macvlan";

    public const string Ipvlan = "ipvlan";

    /// <summary>As <c>/info</c> lists them.</summary>
    public static IReadOnlyList<string> Drivers { get; } = [Bridge, Host, Ipvlan, Macvlan, NullDriver];

    public static bool IsPredefined(string name) => name is Bridge or Host or None or "default";

    /// <summary>A driver that gives no addresses and has no more than its one network.</summary>
    public static bool IsSpecial(string driver) => driver is Host or NullDriver;
}
