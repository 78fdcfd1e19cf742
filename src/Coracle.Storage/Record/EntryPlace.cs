namespace Coracle.Storage;

/// <summary>All that it takes to begin reading a record at one entry.</summary>
/// <param name="headerAt">Of its first header block in the structure.</param>
/// <param name="tarAt">Of the same in the tar.</param>
/// <param name="nextRow">The first row that none of the entries before it has.</param>
internal readonly struct EntryPlace(long headerAt, long tarAt, long nextRow)
{
    public long HeaderAt => headerAt;

    public long TarAt => tarAt;

    public long NextRow => nextRow;

    public void WriteTo(Span<long> fields) => (fields[0], fields[1], fields[2]) = (headerAt, tarAt, nextRow);

    public static EntryPlace ReadFrom(ReadOnlySpan<long> fields) => new(fields[0], fields[1], fields[2]);
}
