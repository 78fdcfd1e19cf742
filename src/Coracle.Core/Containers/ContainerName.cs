using System.Security.Cryptography;

namespace Coracle.Core;

/// <summary>Docker's rule for names, and names for those who give none.</summary>
public static class ContainerName
{
    private const string Rule = "[a-zA-Z0-9][a-zA-Z0-9_.-]";

    // Our own words: qualities of small boats and the waters they cross.
    private static readonly string[] _qualities =
    [
        "able", "amber", "bobbing", "brave", "bright", "brisk", "calm", "clear", "cosy", "deft", "drifting", "dry", "eager", "early",
        "fair", "fleet", "gentle", "glad", "golden", "hardy", "jolly", "keen", "kind", "light", "lively", "lucky", "merry", "mild",
        "neat", "nimble", "patient", "plucky", "quick", "quiet", "ready", "round", "sleek", "small", "snug", "sound", "spry",
        "steady", "stout", "sunny", "swift", "tidy", "trim", "trusty", "upright", "warm", "wary", "willing", "wise", "woven",
    ];

    private static readonly string[] _waters =
    [
        "aire", "avon", "boyne", "clyde", "conwy", "dart", "dee", "derwent", "dove", "dyfi", "eden", "erne", "esk", "exe", "forth",
        "foyle", "kennet", "lagan", "lee", "liffey", "lune", "medway", "mersey", "moy", "nene", "ouse", "ribble", "severn",
        "shannon", "slaney", "spey", "stour", "swale", "taff", "tamar", "tawe", "tay", "tees", "teifi", "test", "thames", "towy",
        "trent", "tweed", "tyne", "usk", "ure", "wear", "welland", "wharfe", "wye", "yare", "ystwyth", "suir", "nore", "barrow",
    ];

    /// <param name="attempt">From the fourth on a digit is added, so that a free name is always found.</param>
    public static string Generate(int attempt)
    {
        string name = _qualities[RandomNumberGenerator.GetInt32(_qualities.Length)] + "_" + _waters[RandomNumberGenerator.GetInt32(_waters.Length)];
        return attempt < 3 ? name : name + RandomNumberGenerator.GetInt32(10 * attempt);
    }

    /// <summary>The name without the slash that Docker puts before it.</summary>
    /// <param name="context">What the refusal begins with.</param>
    /// <exception cref="EngineException">The name breaks Docker's rule.</exception>
    public static string Parse(string given, string context = "")
    {
        string name = given.StartsWith('/') ? given[1..] : given;
        if (name.Length >= 2 && char.IsAsciiLetterOrDigit(name[0]) && name.All(IsAllowed))
        {
            return name;
        }

        throw new EngineException(Refusal.InvalidArgument, $"{context}Invalid container name ({given}), only {Rule} are allowed");
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-';
}
