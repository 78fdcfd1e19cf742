namespace Coracle.Core;

/// <summary>
/// What may stand behind the last colon of <c>-v</c> and <c>--volumes-from</c>: words with commas between them, at most one of a kind.
/// </summary>
/// <param name="Propagation">Empty when none was given.</param>
internal readonly record struct MountMode(bool ReadOnly, string Propagation, bool NoCopy)
{
    private enum Kind
    {
        Unknown,
        Access,
        Label,
        Propagation,
        Copy,
        Consistency,
    }

    /// <returns>False for a word that is none, or two of one kind. The empty text is the default.</returns>
    public static bool TryParse(string text, out MountMode mode)
    {
        mode = default;
        int seen = 0;
        foreach (string word in text.Length == 0 ? [] : text.Split(','))
        {
            Kind kind = KindOf(word);
            int bit = 1 << (int)kind;
            if (kind == Kind.Unknown || (seen & bit) != 0)
            {
                return false;
            }

            seen |= bit;
            mode = mode with
            {
                ReadOnly = mode.ReadOnly || word == "ro",
                Propagation = kind == Kind.Propagation ? word : mode.Propagation,
                NoCopy = mode.NoCopy || kind == Kind.Copy,
            };
        }

        mode = mode with { Propagation = mode.Propagation ?? "" };
        return true;
    }

    /// <exception cref="EngineException">400, in Docker's words.</exception>
    public static MountMode Parse(string text) => TryParse(text, out MountMode mode) ? mode : throw Invalid(text);

    /// <summary>Of <c>--volumes-from</c>, which changes whether a mount can be written and nothing else.</summary>
    /// <inheritdoc cref="Parse"/>
    public static MountMode ParseLent(string text)
    {
        MountMode mode = Parse(text);
        return mode.Propagation.Length == 0 && !mode.NoCopy ? mode : throw Invalid(text);
    }

    public static bool IsPropagation(string word) => KindOf(word) == Kind.Propagation;

    private static EngineException Invalid(string text) => new(Refusal.InvalidArgument, "invalid mode: " + text);

    // The labels mean something under SELinux only, the consistencies on Docker's desktop machines only: both are accepted everywhere.
    private static Kind KindOf(string word) => word switch
    {
        "ro" or "rw" => Kind.Access,
        "z" or "Z" => Kind.Label,
        "private" or "rprivate" or "shared" or "rshared" or "slave" or "rslave" => Kind.Propagation,
        "nocopy" => Kind.Copy,
        "consistent" or "cached" or "delegated" => Kind.Consistency,
        _ => Kind.Unknown,
    };
}
