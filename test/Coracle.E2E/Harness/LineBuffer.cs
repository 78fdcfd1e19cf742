using System.Text;

namespace Coracle.E2E;

/// <summary>What a program has written so far; whoever waits for a text is woken by each new piece.</summary>
internal sealed class LineBuffer
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    public async Task FillAsync(StreamReader reader)
    {
        char[] piece = new char[4096];
        int count;
        do
        {
            count = await reader.ReadAsync(piece);
            Add(piece.AsSpan(0, count));
        }
        while (count > 0);
    }

    public async Task WaitAsync(Func<string, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_lock)
            {
                if (condition(_text.ToString()))
                {
                    return;
                }

                if (_ended)
                {
                    throw new OperationCanceledException("the stream has ended");
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(cancellationToken);
        }
    }

    private void Add(ReadOnlySpan<char> piece)
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            _text.Append(piece);
            _ended = piece.Length == 0;
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.SetResult();
    }
}
