using System.Diagnostics.CodeAnalysis;

namespace Coracle.Networking;

/// <summary>
/// What stands in the alias of each interface that we made on the host: <c>coracle:NETWORK</c>, and <c>coracle:NETWORK/ENDPOINT</c> on the
/// host's end of an endpoint. What bears none is not ours, whatever it is called.
/// </summary>
/// <param name="Endpoint">Null: the interface is the network's own.</param>
public sealed record LinkMark(string Network, string? Endpoint)
{
    private const string Prefix = "coracle:";

    internal static bool TryParse(string alias, [NotNullWhen(true)] out LinkMark? mark)
    {
        mark = null;
        if (!alias.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        string text = alias[Prefix.Length..];
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash == 0 || text.Length == 0 || slash == text.Length - 1)
        {
            return false;
        }

        mark = slash < 0 ? new LinkMark(text, null) : new LinkMark(text[..slash], text[(slash + 1)..]);
        return true;
    }

    public override string ToString() => Endpoint is null ? Prefix + Network : $"{Prefix}{Network}/{Endpoint}";
}
