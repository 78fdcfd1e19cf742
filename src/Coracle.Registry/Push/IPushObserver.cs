namespace Coracle.Registry;

/// <summary>Watches a blob go out. Called from the sending side; must return at once.</summary>
public interface IPushObserver : IRetryObserver
{
    /// <param name="bytes">Of the blob, handed to the connection so far; falls back when a broken upload goes on further in front.</param>
    void Sent(long bytes);
}
