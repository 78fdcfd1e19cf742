namespace Coracle.Delta;

/// <summary>New values for records of a template that no other rule covers: attributes, further times.</summary>
internal sealed class RecordEdits
{
    private int[] _places = new int[2 * 8];

    public HeaderBuffer Text { get; } = new();

    public int Count { get; private set; }

    public void Clear()
    {
        Count = 0;
        Text.Clear();
    }

    /// <summary>The value has been, or will be, appended to <see cref="Text"/>.</summary>
    public void Add(int record, int length)
    {
        if (2 * Count == _places.Length)
        {
            Array.Resize(ref _places, 2 * _places.Length);
        }

        (_places[2 * Count], _places[(2 * Count) + 1]) = (record, length);
        Count++;
    }

    public int Record(int edit) => _places[2 * edit];

    public int Length(int edit) => _places[(2 * edit) + 1];
}
