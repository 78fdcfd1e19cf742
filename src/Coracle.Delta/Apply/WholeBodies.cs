namespace Coracle.Delta;

/// <summary>Which bodies that have begun lately are whole bodies of a base; a few of them, since whoever takes the tar asks soon.</summary>
internal sealed class WholeBodies
{
    private const int Kept = 256;

    private readonly long[] _offsets = new long[Kept];
    private readonly long[] _entries = new long[Kept];
    private readonly int[] _layers = new int[Kept];
    private int _next;

    public WholeBodies() => _offsets.AsSpan().Fill(-1);

    public void Add(long tarOffset, int layer, long entry)
    {
        (_offsets[_next], _layers[_next], _entries[_next]) = (tarOffset, layer, entry);
        _next = (_next + 1) % Kept;
    }

    public bool TryGet(long tarOffset, out int layer, out long entry)
    {
        int place = _offsets.AsSpan().IndexOf(tarOffset);
        (layer, entry) = place < 0 ? (0, 0) : (_layers[place], _entries[place]);
        return place >= 0;
    }
}
