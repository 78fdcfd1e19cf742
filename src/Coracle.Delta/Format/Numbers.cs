using System.Buffers;

namespace Coracle.Delta;

/// <summary>The numbers of a delta: base 128, lowest bits first, below 2^63.</summary>
internal static class Numbers
{
    public const int MaxLength = 9;

    /// <summary>Signed numbers as the unsigned ones that stand for them: small ones stay small.</summary>
    public static long Fold(long value) => (value << 1) ^ (value >> 63);

    /// <summary>The way back.</summary>
    public static long Unfold(long number) => (number >> 1) ^ -(number & 1);

    public static void WriteNumber(this ArrayBufferWriter<byte> output, long value)
    {
        Span<byte> bytes = output.GetSpan(MaxLength);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[length++] = (byte)(value | 0x80);
        }

        bytes[length++] = (byte)value;
        output.Advance(length);
    }

    public static void WriteSigned(this ArrayBufferWriter<byte> output, long value) => output.WriteNumber(Fold(value));

    /// <summary>Reads one from the front of the bytes and leaves what is behind it.</summary>
    /// <returns>False where there is none, or one that is not written as numbers are.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> bytes, out long value)
    {
        value = 0;
        for (int i = 0; i < bytes.Length && i < MaxLength; i++)
        {
            value |= (long)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bool isShortest = i == 0 || bytes[i] != 0;
                bytes = bytes[(i + 1)..];
                return isShortest;
            }
        }

        return false;
    }
}
