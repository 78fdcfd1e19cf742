using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>Writes what <see cref="DeltaHeader"/> reads.</summary>
internal static class DeltaHeaderWriter
{
    /// <summary>Runs that are so near to each other are one: the numbers of a run take two bytes at least.</summary>
    private const long FirstGap = 16;

    /// <param name="reads">For each base, which entries are read.</param>
    public static DeltaHeader Write(DiffId target, long tarLength, int dictionaryLog, DiffId[] bases, bool[][] reads)
    {
        // Where a delta jumps about so much that its header would be too long, it names more entries than it needs.
        for (long gap = FirstGap; ; gap *= 4)
        {
            byte[] bytes = Bytes(target, tarLength, dictionaryLog, bases, reads, gap);
            if (bytes.Length <= DeltaFormat.MaxHeaderLength)
            {
                return DeltaHeader.Parse(bytes);
            }
        }
    }

    private static byte[] Bytes(DiffId target, long tarLength, int dictionaryLog, DiffId[] bases, bool[][] reads, long gap)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(DeltaFormat.Magic);
        ReadOnlySpan<byte> version = [DeltaFormat.Version, 0, DeltaFormat.Lzma2Codec, (byte)dictionaryLog, 0, 0, 0, 0];
        output.Write(version);
        WriteDiffId(output, target);
        output.WriteNumber(tarLength);
        output.WriteNumber(bases.Length);
        for (int i = 0; i < bases.Length; i++)
        {
            WriteDiffId(output, bases[i]);
            WriteRuns(output, reads[i], gap);
        }

        byte[] bytes = [.. output.WrittenSpan, .. new byte[DeltaFormat.ChecksumLength]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), bytes.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(^DeltaFormat.ChecksumLength..), XxHash3.HashToUInt64(bytes.AsSpan(..^DeltaFormat.ChecksumLength)));
        return bytes;
    }

    private static void WriteRuns(ArrayBufferWriter<byte> output, bool[] reads, long gap)
    {
        var runs = new ArrayBufferWriter<byte>();
        int count = 0;
        int end = 0;
        for (int first = Array.IndexOf(reads, true); first >= 0; count++)
        {
            int last = first;
            int next = Array.IndexOf(reads, true, last + 1);
            while (next >= 0 && next - last <= gap)
            {
                last = next;
                next = Array.IndexOf(reads, true, last + 1);
            }

            runs.WriteNumber(first - end);
            runs.WriteNumber(last - first);
            end = last + 1;
            first = next;
        }

        output.WriteNumber(count);
        output.Write(runs.WrittenSpan);
    }

    private static void WriteDiffId(ArrayBufferWriter<byte> output, DiffId diffId)
    {
        diffId.Digest.CopyTo(output.GetSpan(Digest.ByteLength));
        output.Advance(Digest.ByteLength);
    }
}
