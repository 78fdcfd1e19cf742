namespace Coracle.Registry;

/// <summary>Watches a blob arrive. Called from the fetching side; must return at once.</summary>
public interface IFetchObserver
{
    /// <param name="bytes">Of the blob, so far.</param>
    void Received(long bytes);

    /// <summary>The connection broke; called each second until the next try.</summary>
    void RetryingIn(int seconds);
}
