namespace Coracle.Core;

/// <summary>What tables of names are called at the keeper. Parts of ids: those of all of a sandbox's networks have to fit in one message of 4 KB.</summary>
internal static class NameTableKey
{
    /// <summary>Of 64 hex digits: 96 bits of chance.</summary>
    private const int Length = 24;

    public static string Of(NetworkId network) => network.Text[..Length];

    /// <summary>Names that one container alone has for others on that network.</summary>
    public static string OfLinks(string container, NetworkId network) => $"{container[..Length]}>{Of(network)}";
}
