using Coracle.Core;

namespace Coracle.Api;

/// <summary>What is the same for every filter that is not a label.</summary>
internal static class FilterRules
{
    /// <summary>No value given, or one of them fits.</summary>
    public static bool Allows(this Filters filters, string name, Func<string, bool> fits)
        => filters.Of(name) is not { Count: > 0 } values || values.Any(fits);
}
