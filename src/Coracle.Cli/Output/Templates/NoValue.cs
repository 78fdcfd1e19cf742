namespace Coracle.Cli;

/// <summary>What a map has for a key it has not: it prints as <c>&lt;no value&gt;</c>.</summary>
internal sealed class NoValue
{
    private NoValue()
    {
    }

    public static NoValue Instance { get; } = new();
}
