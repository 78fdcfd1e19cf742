namespace Coracle.Registry;

/// <summary>Watches tries fail. Must return at once.</summary>
public interface IRetryObserver
{
    /// <summary>The connection broke; called each second until the next try.</summary>
    void RetryingIn(int seconds);
}
