using System.Buffers.Binary;

namespace Coracle.Fuzz;

/// <summary>
/// A parser with a planted bug, of the kind that real ones have: a list of counted texts whose length is compared as a sum that
/// overflows. Whoever cannot find this one has not looked.
/// </summary>
internal static class CanaryTarget
{
    private const int HeaderLength = 4;

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (!input.StartsWith("list"u8))
        {
            throw new FormatException("not a list");
        }

        int at = HeaderLength;
        while (at + HeaderLength <= input.Length)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(input[at..]);
            at += HeaderLength;
            if (length < 0 || unchecked(at + length) > input.Length)
            {
                throw new FormatException("cut short");
            }

            _ = input.Slice(at, length).IndexOf((byte)0);
            at += length;
        }
    }
}
