namespace Coracle.Storage;

/// <summary>Where every 64th entry of a record begins, so that any entry is at most 63 headers away. 24 bytes a mark: 375 KB for a million entries.</summary>
internal sealed class EntryMarks
{
    /// <summary>Entries from one mark to the next: some 50 to 100 KiB of headers, which is a frame.</summary>
    public const int Interval = 64;

    private const int Fields = 3;

    private long[] _marks = new long[16 * Fields];

    public int Count { get; private set; }

    public void Add(in EntryPlace place)
    {
        if (Count * Fields == _marks.Length)
        {
            Array.Resize(ref _marks, 2 * _marks.Length);
        }

        place.WriteTo(_marks.AsSpan(Count * Fields, Fields));
        Count++;
    }

    public EntryPlace this[int mark] => EntryPlace.ReadFrom(_marks.AsSpan(mark * Fields, Fields));

    /// <summary>The last mark that is not behind this byte of the tar. There is one: the first entry begins at 0.</summary>
    public int Find(long tarAt)
    {
        int low = 0;
        for (int high = Count - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = this[middle].TarAt <= tarAt ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
