using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>The first 128 bytes of a record: what is where, and the figures that are asked for without reading more.</summary>
/// <param name="TarLength">Bytes of the uncompressed tar.</param>
/// <param name="StructureLength">Bytes of the frames' content that belong to the tar's own order; kept bodies follow.</param>
/// <param name="FileBytes">Bytes of file bodies and link targets: the layer's size as <c>docker images</c> counts it.</param>
internal sealed record RecordHeader(
    DiffId DiffId, long TarLength, long StructureLength, long ContentLength, long FrameTableAt, long FrameCount,
    long RowsAt, long RowCount, long FileBytes, long EntryCount, uint Version = RecordFormat.Version)
{
    private const int ChecksumAt = RecordFormat.HeaderLength - sizeof(ulong);

    public void WriteTo(Span<byte> header)
    {
        header.Clear();
        RecordFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], RecordFormat.HeaderLength);
        DiffId.Digest.CopyTo(header[16..]);
        ReadOnlySpan<long> numbers =
            [TarLength, StructureLength, ContentLength, FrameTableAt, FrameCount, RowsAt, RowCount, FileBytes, EntryCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(header[(48 + (8 * i))..], numbers[i]);
        }

        // 48 + 9 × 8 = 120: the checksum takes the last eight bytes.
        BinaryPrimitives.WriteUInt64LittleEndian(header[ChecksumAt..], XxHash3.HashToUInt64(header[..ChecksumAt]));
    }

    /// <exception cref="LayerDamagedException">Not a record, or not one of a version that we know.</exception>
    public static RecordHeader ReadFrom(ReadOnlySpan<byte> header, string label)
    {
        if (header.Length < RecordFormat.HeaderLength || !header.StartsWith(RecordFormat.Magic)
            || BinaryPrimitives.ReadUInt64LittleEndian(header[ChecksumAt..]) != XxHash3.HashToUInt64(header[..ChecksumAt]))
        {
            throw new LayerDamagedException($"{label}: its record's header is damaged");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version is not (RecordFormat.Version or RecordFormat.VersionWithSparse))
        {
            throw new LayerDamagedException($"{label}: its record has version {version}, newer than this engine");
        }

        var read = new RecordHeader(
            new DiffId(new Digest(header.Slice(16, Digest.ByteLength))),
            Number(header, 0), Number(header, 1), Number(header, 2), Number(header, 3), Number(header, 4),
            Number(header, 5), Number(header, 6), Number(header, 7), Number(header, 8), version);
        return read.IsSound() ? read : throw new LayerDamagedException($"{label}: its record's header is damaged");
    }

    /// <summary>Whether its tables lie inside a file of this length: what is allocated and where is read must not follow from the header alone.</summary>
    public bool Fits(long fileLength) => RowsAt <= fileLength && RowCount <= (fileLength - RowsAt) / RecordFormat.RowLength;

    /// <summary>The numbers fit together and into the bounds: the checksum finds accidents, and anybody can make a right one.</summary>
    private bool IsSound()
        => TarLength >= 0 && FileBytes >= 0 && EntryCount >= 0
            && FrameCount is >= 0 and <= RecordFormat.MaxFrames
            && StructureLength >= 0 && ContentLength >= StructureLength && ContentLength <= FrameCount * RecordFormat.FrameLength
            && FrameTableAt is >= RecordFormat.HeaderLength and <= RecordFormat.HeaderLength + RecordFormat.MaxFramesLength
            && RowsAt == FrameTableAt + (FrameCount * RecordFormat.FrameRowLength)
            && RowCount is >= 0 and <= long.MaxValue / (2 * RecordFormat.RowLength);

    private static long Number(ReadOnlySpan<byte> header, int index) => BinaryPrimitives.ReadInt64LittleEndian(header[(48 + (8 * index))..]);
}
