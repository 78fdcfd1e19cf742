namespace Coracle.E2E;

/// <summary>What the tests of one class share: a host of their own with a usual engine.</summary>
public sealed class NetworkStage : IAsyncLifetime
{
    internal NetworkHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await NetworkHost.StartAsync();

    public ValueTask DisposeAsync() => Host?.DisposeAsync() ?? ValueTask.CompletedTask;
}
