namespace Coracle.Cli;

/// <summary>eq, lt and their kind: values of one basic kind only, as in Go.</summary>
internal static class TemplateComparison
{
    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null or NoValue, null or NoValue) => true,
        (null or NoValue, _) or (_, null or NoValue) => false,
        (string a, string b) => a == b,
        (long a, long b) => a == b,
        (double a, double b) => a.Equals(b),
        (bool a, bool b) => a == b,
        _ => throw Incompatible(left, right),
    };

    public static bool IsLess(object? left, object? right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b) < 0,
        (long a, long b) => a < b,
        (double a, double b) => a < b,
        (bool, bool) => throw new ArgumentException("invalid type for comparison"),
        _ => throw Incompatible(left, right),
    };

    private static ArgumentException Incompatible(object? left, object? right)
        => new(left is IFields or IReadOnlyList<object?> || right is IFields or IReadOnlyList<object?> ? "non-comparable types for comparison" : "incompatible types for comparison");
}
