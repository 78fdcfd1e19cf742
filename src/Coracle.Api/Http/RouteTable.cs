namespace Coracle.Api;

/// <summary>Finds the route of a request. The first line of the table that fits wins.</summary>
internal sealed class RouteTable
{
    private static readonly System.Buffers.SearchValues<char> _versionCharacters = System.Buffers.SearchValues.Create("0123456789.");

    private readonly List<(Route Route, string[] Segments)> _routes = [];

    public RouteTable(IEnumerable<Route> routes)
    {
        foreach (Route route in routes)
        {
            _routes.Add((route, route.Template.Split('/')));
        }
    }

    /// <summary>Cuts the version off a path: <c>/v1.41/info</c> gives <c>1.41</c> and <c>/info</c>.</summary>
    /// <returns>No version when the path has none, or something that is none.</returns>
    public static (string? Version, string Path) SplitVersion(string path)
    {
        if (!path.StartsWith("/v", StringComparison.Ordinal))
        {
            return (null, path);
        }

        int slash = path.IndexOf('/', 2);
        ReadOnlySpan<char> digits = slash < 0 ? default : path.AsSpan(2, slash - 2);
        return digits.IsEmpty || digits.ContainsAnyExcept(_versionCharacters)
            ? (null, path)
            : (digits.ToString(), path[slash..]);
    }

    /// <param name="path">Decoded, without its version.</param>
    public (Route Route, IReadOnlyDictionary<string, string> Values)? Find(string method, string path)
    {
        string[] parts = path.Split('/');
        foreach ((Route route, string[] segments) in _routes)
        {
            if (route.Method == method && Match(segments, parts) is { } values)
            {
                return (route, values);
            }
        }

        return null;
    }

    private static Dictionary<string, string>? Match(string[] segments, string[] parts)
    {
        int wide = Array.FindIndex(segments, segment => segment.EndsWith(":.*}", StringComparison.Ordinal));
        int extra = parts.Length - segments.Length;
        if (wide < 0 ? extra != 0 : extra < 0)
        {
            return null;
        }

        Dictionary<string, string> values = [];
        int part = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            int take = i == wide ? extra + 1 : 1;
            if (!MatchOne(segments[i], string.Join('/', parts, part, take), values))
            {
                return null;
            }

            part += take;
        }

        return values;
    }

    private static bool MatchOne(string segment, string text, Dictionary<string, string> values)
    {
        if (!segment.StartsWith('{'))
        {
            return segment == text;
        }

        int end = segment.IndexOfAny([':', '}']);
        values[segment[1..end]] = text;
        return text.Length > 0;
    }
}
