using System.Globalization;

namespace Coracle.Linux;

/// <summary>A network interface's number in its namespace. It stays through renames, and means another interface in another namespace.</summary>
public readonly record struct LinkIndex(int Value)
{
    /// <summary>No interface: no master, no parent.</summary>
    public static LinkIndex None => default;

    public bool IsNone => Value == 0;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
