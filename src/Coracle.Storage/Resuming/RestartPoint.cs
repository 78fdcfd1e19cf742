namespace Coracle.Storage;

/// <summary>A place of a tar where its making can begin anew, without what came before.</summary>
/// <param name="tarAt">Bytes of the tar before it.</param>
/// <param name="state">What its maker needs to find it again; at most <see cref="MaxStateLength"/> bytes.</param>
public sealed class RestartPoint(long tarAt, ReadOnlyMemory<byte> state)
{
    public const int MaxStateLength = 64;

    public long TarAt => tarAt;

    public ReadOnlyMemory<byte> State => state;
}
