namespace Coracle.Dns;

/// <summary>Names as text in bytes, lower case with dots between the labels, and as a message has them.</summary>
/// <remarks>RFC 1035 sections 2.3.4 and 3.1. By hand, without the searches of .NET: their vectors cost the lean program kilobytes.</remarks>
internal static class NameText
{
    private const int MaxLabel = 63;

    public static bool IsName(ReadOnlySpan<byte> name)
    {
        int label = 0;
        foreach (byte b in name)
        {
            if (b is <= (byte)' ' or 0x7F or (>= (byte)'A' and <= (byte)'Z') || (b == '.' && label == 0))
            {
                return false;
            }

            label = b == '.' ? 0 : label + 1;
            if (label > MaxLabel)
            {
                return false;
            }
        }

        return label > 0 && name.Length <= NameTable.MaxNameLength;
    }

    public static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;

    /// <summary>Whether the second is the first in lower case.</summary>
    public static bool IsLowerOf(ReadOnlySpan<byte> any, ReadOnlySpan<byte> lower)
    {
        if (any.Length != lower.Length)
        {
            return false;
        }

        for (int i = 0; i < any.Length; i++)
        {
            if (Lower(any[i]) != lower[i])
            {
                return false;
            }
        }

        return true;
    }

    public static int LastDot(ReadOnlySpan<byte> name)
    {
        int at = name.Length - 1;
        while (at >= 0 && name[at] != '.')
        {
            at--;
        }

        return at;
    }

    /// <summary>As labels with their lengths, without the root's.</summary>
    /// <returns>Bytes written; 0 when a label of it is empty or too long, or it does not fit.</returns>
    public static int WriteLabels(Span<byte> output, ReadOnlySpan<byte> name)
    {
        if (output.Length < name.Length + 1)
        {
            return 0;
        }

        int lengthAt = 0, label = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '.')
            {
                output[i + 1] = name[i];
                label++;
                continue;
            }

            if (label is 0 or > MaxLabel)
            {
                return 0;
            }

            output[lengthAt] = (byte)label;
            (lengthAt, label) = (i + 1, 0);
        }

        return name.Length + 1;
    }
}
