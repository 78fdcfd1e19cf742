namespace Coracle.Cli;

/// <summary>Which of a container's streams are ours.</summary>
internal readonly record struct AttachedStreams(bool Input, bool Output, bool Errors)
{
    public bool IsAny => Input || Output || Errors;

    /// <summary><c>-a</c> chooses; without it output and errors, and the input with <c>-i</c>.</summary>
    public static AttachedStreams Of(ParsedArguments arguments)
    {
        if (arguments.Has("detach"))
        {
            return default;
        }

        List<string> chosen = [.. arguments.Values("attach").Select(s => s.ToUpperInvariant())];
        return new AttachedStreams(
            arguments.Has("interactive") || chosen.Contains("STDIN"),
            chosen.Count == 0 || chosen.Contains("STDOUT"),
            chosen.Count == 0 || chosen.Contains("STDERR"));
    }
}
