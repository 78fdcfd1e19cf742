namespace Coracle.Networking;

/// <summary>What takes back the steps done so far, last first, unless all of them succeeded.</summary>
/// <param name="warn">Is told of a step that could not be taken back; the others still are.</param>
internal sealed class Undo(Action<string> warn) : IDisposable
{
    private readonly Stack<Action> _steps = [];

    internal void Add(Action step) => _steps.Push(step);

    internal void Keep() => _steps.Clear();

    public void Dispose()
    {
        while (_steps.TryPop(out Action? step))
        {
            try
            {
                step();
            }
            catch (Exception failure) when (failure is IOException or NetworkingException)
            {
                warn($"could not be taken back: {failure.Message}");
            }
        }
    }
}
