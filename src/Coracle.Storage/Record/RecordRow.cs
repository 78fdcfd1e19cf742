using System.Buffers.Binary;

namespace Coracle.Storage;

/// <summary>One body that the record leaves out of its frames, in the order of the tar.</summary>
/// <param name="HeaderAt">Where the entry's first header block is in the frames' content.</param>
/// <param name="BodyAt">Where the body starts in the tar.</param>
/// <param name="Length">Bytes; never 0.</param>
/// <param name="Hash">XXH128 of the body: finds damage, proves nothing.</param>
/// <param name="KeptAt">0: it is the file in diff/ of the entry's name. Else: it is in the frames' content, from this offset.</param>
internal readonly record struct RecordRow(long HeaderAt, long BodyAt, long Length, UInt128 Hash, long KeptAt)
{
    public void WriteTo(Span<byte> row)
    {
        BinaryPrimitives.WriteInt64LittleEndian(row, HeaderAt);
        BinaryPrimitives.WriteInt64LittleEndian(row[8..], BodyAt);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], Length);
        BinaryPrimitives.WriteUInt128LittleEndian(row[24..], Hash);
        BinaryPrimitives.WriteInt64LittleEndian(row[40..], KeptAt);
    }

    public static RecordRow ReadFrom(ReadOnlySpan<byte> row) => new(
        BinaryPrimitives.ReadInt64LittleEndian(row),
        BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(row[16..]),
        BinaryPrimitives.ReadUInt128LittleEndian(row[24..]),
        BinaryPrimitives.ReadInt64LittleEndian(row[40..]));
}
