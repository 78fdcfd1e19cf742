using System.Globalization;

namespace Coracle.Api;

/// <summary>The API version a client speaks, and the two questions an endpoint asks of it.</summary>
/// <remarks>
/// A request without a version gets the 1.41 shape with every later addition: old clients (balena-supervisor) read what later
/// versions took away, new ones read what they added. A version above ours gets our newest shape.
/// </remarks>
public readonly record struct ApiVersion
{
    public const int OldestMinor = 24;
    public const int NewestMinor = 51;

    /// <summary>The newest version we speak, advertised to every client.</summary>
    public const string NewestText = "1.51";

    public const string OldestText = "1.24";

    private const int UnversionedMinor = 41;

    private readonly bool _isUnversioned;
    private readonly int _minor;

    private ApiVersion(int minor, bool isUnversioned)
    {
        _minor = minor;
        _isUnversioned = isUnversioned;
    }

    public static ApiVersion Unversioned { get; } = new(UnversionedMinor, isUnversioned: true);

    public static ApiVersion Newest { get; } = new(NewestMinor, isUnversioned: false);

    /// <summary>Whether what version 1.<paramref name="minor"/> added is shown.</summary>
    public bool Adds(int minor) => _isUnversioned || _minor >= minor;

    /// <summary>Whether the client is older than 1.<paramref name="minor"/>: what that version took away or changed is as it was.</summary>
    public bool IsBefore(int minor) => _minor < minor;

    /// <param name="text">Of a path's prefix, without the v: <c>1.41</c>.</param>
    /// <returns>Null when the version is below the oldest that is served.</returns>
    public static ApiVersion? TryParse(string text)
    {
        string[] parts = text.Split('.');
        int major = Number(parts[0]);
        int minor = parts.Length > 1 ? Number(parts[1]) : 0;
        return major switch
        {
            1 when minor >= OldestMinor => new(Math.Min(minor, NewestMinor), isUnversioned: false),
            > 1 => Newest,
            _ => null,
        };
    }

    internal static ApiVersion Of(int minor) => new(minor, isUnversioned: false);

    private static int Number(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
