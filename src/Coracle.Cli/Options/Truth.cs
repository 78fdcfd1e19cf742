namespace Coracle.Cli;

/// <summary>Go's words for yes and no.</summary>
internal static class Truth
{
    /// <returns>Null for any other word.</returns>
    public static bool? Of(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
