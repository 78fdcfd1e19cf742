namespace Coracle.E2E;

/// <summary>A dockerd for all tests of one class, with the shared image; started by the first that wants it.</summary>
public sealed class Reference : IAsyncDisposable
{
    private ReferenceEngine? _engine;

    internal async Task<ReferenceEngine> WithAsync(string image)
    {
        if (_engine is null)
        {
            _engine = await ReferenceEngine.StartAsync();
            (await _engine.RunAsync("pull", "-q", image)).Succeeds();
        }

        return _engine;
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }
    }
}
