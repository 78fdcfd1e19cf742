namespace Coracle.Delta;

/// <summary>Bytes that are put over a template when all values are in it.</summary>
internal sealed class HeaderPatch
{
    private readonly int[] _places = new int[2 * HeaderMask.MaxPatchPlaces];

    public HeaderBuffer Text { get; } = new();

    public int Count { get; private set; }

    public void Clear()
    {
        Count = 0;
        Text.Clear();
    }

    /// <summary>The bytes have been, or will be, appended to <see cref="Text"/>.</summary>
    /// <param name="gap">Bytes between the place before and this one.</param>
    public bool TryAdd(int gap, int length)
    {
        if (Count == HeaderMask.MaxPatchPlaces)
        {
            return false;
        }

        (_places[2 * Count], _places[(2 * Count) + 1]) = (gap, length);
        Count++;
        return true;
    }

    public void Take(HeaderPatch other)
    {
        other._places.AsSpan(0, 2 * other.Count).CopyTo(_places);
        Count = other.Count;
        Text.Set(other.Text.Span);
    }

    public int Gap(int place) => _places[2 * place];

    public int Length(int place) => _places[(2 * place) + 1];

    public bool TryApply(Span<byte> headers)
    {
        ReadOnlySpan<byte> text = Text.Span;
        for (int i = 0; i < Count; i++)
        {
            if (Gap(i) > headers.Length || Length(i) > headers.Length - Gap(i))
            {
                return false;
            }

            text[..Length(i)].CopyTo(headers[Gap(i)..]);
            text = text[Length(i)..];
            headers = headers[(Gap(i) + Length(i))..];
        }

        return true;
    }

    public bool Equals(HeaderPatch other)
        => Count == other.Count && _places.AsSpan(0, 2 * Count).SequenceEqual(other._places.AsSpan(0, 2 * Count)) && Text.Span.SequenceEqual(other.Text.Span);
}
