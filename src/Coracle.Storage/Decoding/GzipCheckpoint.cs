using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>Where the decoding of a gzip layer stands, between two deflate blocks or in front of a member. See docs/decisions/0012.</summary>
/// <param name="BlobOffset">Bytes of the blob that have been read; the next block may begin in the last of them.</param>
/// <param name="TarOffset">Bytes of the tar that came out.</param>
/// <param name="InMember">False: the next thing is a member's header, and there is no window.</param>
/// <param name="MemberLength">Bytes that this member gave so far: at most those are its window.</param>
/// <param name="MemberCrc">CRC-32 of them.</param>
/// <param name="Bits">Of <paramref name="LastByte"/>, the upper ones, that are not used yet.</param>
internal sealed record GzipCheckpoint(
    long BlobOffset, long TarOffset, bool InMember, long MemberLength, uint MemberCrc, int Bits, byte LastByte,
    ReadOnlyMemory<byte> BlobHash, ReadOnlyMemory<byte> TarHash)
{
    public const int SavedLength = 40 + (2 * Sha256State.SavedLength) + sizeof(ulong);

    private const uint Version = 1;
    private const int ChecksumAt = SavedLength - sizeof(ulong);

    /// <summary>Bytes of the tar before <see cref="TarOffset"/> that a resume needs.</summary>
    public int WindowLength => (int)Math.Min(InMember ? MemberLength : 0, Inflater.WindowLength);

    public void WriteTo(Span<byte> saved)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(saved, Version);
        BinaryPrimitives.WriteInt64LittleEndian(saved[4..], BlobOffset);
        BinaryPrimitives.WriteInt64LittleEndian(saved[12..], TarOffset);
        BinaryPrimitives.WriteInt64LittleEndian(saved[20..], MemberLength);
        BinaryPrimitives.WriteUInt32LittleEndian(saved[28..], MemberCrc);
        (saved[32], saved[33], saved[34]) = ((byte)(InMember ? 1 : 0), (byte)Bits, LastByte);
        saved[35..40].Clear();
        BlobHash.Span.CopyTo(saved[40..]);
        TarHash.Span.CopyTo(saved[(40 + Sha256State.SavedLength)..]);
        BinaryPrimitives.WriteUInt64LittleEndian(saved[ChecksumAt..], XxHash3.HashToUInt64(saved[..ChecksumAt]));
    }

    /// <returns>Null where it is damaged: then the layer begins anew.</returns>
    public static GzipCheckpoint? TryRead(ReadOnlySpan<byte> saved)
    {
        if (saved.Length != SavedLength || BinaryPrimitives.ReadUInt32LittleEndian(saved) != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(saved[ChecksumAt..]) != XxHash3.HashToUInt64(saved[..ChecksumAt]))
        {
            return null;
        }

        return new GzipCheckpoint(
            BinaryPrimitives.ReadInt64LittleEndian(saved[4..]), BinaryPrimitives.ReadInt64LittleEndian(saved[12..]), saved[32] == 1,
            BinaryPrimitives.ReadInt64LittleEndian(saved[20..]), BinaryPrimitives.ReadUInt32LittleEndian(saved[28..]), saved[33] & 7, saved[34],
            saved.Slice(40, Sha256State.SavedLength).ToArray(), saved.Slice(40 + Sha256State.SavedLength, Sha256State.SavedLength).ToArray());
    }
}
