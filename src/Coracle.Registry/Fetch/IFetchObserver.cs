namespace Coracle.Registry;

/// <summary>Watches a blob arrive. Called from the fetching side; must return at once.</summary>
public interface IFetchObserver : IRetryObserver
{
    /// <param name="bytes">Of the blob, so far.</param>
    void Received(long bytes);
}
