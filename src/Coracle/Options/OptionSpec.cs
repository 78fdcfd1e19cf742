namespace Coracle;

internal enum OptionKind
{
    /// <summary><c>--debug</c>, <c>--debug=false</c>; true or false in the file.</summary>
    Switch,

    /// <summary>One value; the last one given counts.</summary>
    Value,

    /// <summary>Given several times; an array in the file.</summary>
    List,

    /// <summary><c>--log-opt key=value</c>, several times; an object in the file.</summary>
    Map,
}

internal enum OptionUse
{
    Works,

    /// <summary>Means nothing to this engine; said once, at start.</summary>
    Ignored,

    /// <summary>Would change what happens, and is not built yet: an error, so that nobody believes it is in effect.</summary>
    NotBuilt,

    /// <summary>Will not be built: swarm, plugins.</summary>
    Refused,
}

/// <param name="Flag">Without the dashes.</param>
/// <param name="Key">In the configuration file; null when it cannot stand there.</param>
internal sealed record OptionSpec(string Flag, char Short, string? Key, OptionKind Kind, OptionUse Use, string Help = "");
