namespace Coracle.Dns;

/// <summary>A name has no address, or nobody could be asked. The message is Go's: <c>lookup x on 1.2.3.4:53: no such host</c>.</summary>
public sealed class NameResolutionException(string message, bool isTemporary) : IOException(message)
{
    /// <summary>Asking again later may help: a timeout or a failing server, not an absent name.</summary>
    public bool IsTemporary => isTemporary;
}
