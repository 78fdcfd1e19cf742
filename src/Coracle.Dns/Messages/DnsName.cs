using System.Text;

namespace Coracle.Dns;

/// <summary>Reads names out of messages. Untrusted bytes: a pointer must lead backwards from where the name began, so no loop can be walked into.</summary>
/// <remarks>RFC 1035 sections 3.1 and 4.1.4.</remarks>
internal static class DnsName
{
    private const int MaxLength = 255;

    private const int PointerFlags = 0xC0;

    /// <param name="at">Moved behind the name.</param>
    /// <returns>In lower case, without a dot at its end; null where the bytes are no name that a host can have.</returns>
    public static string? Read(ReadOnlySpan<byte> message, ref int at)
    {
        StringBuilder name = new();
        int read = at, start = at;
        bool jumped = false;
        while (read < message.Length)
        {
            int length = message[read];
            if ((length & PointerFlags) == PointerFlags)
            {
                int target = read + 1 < message.Length ? ((length & ~PointerFlags) << 8) | message[read + 1] : start;
                at = jumped ? at : read + 2;
                if (target >= start)
                {
                    return null;
                }

                (read, start, jumped) = (target, target, true);
                continue;
            }

            if (length == 0)
            {
                at = jumped ? at : read + 1;
                return name.ToString();
            }

            if ((length & PointerFlags) != 0 || read + 1 + length > message.Length || !Append(name, message.Slice(read + 1, length)))
            {
                return null;
            }

            read += 1 + length;
        }

        return null;
    }

    private static bool Append(StringBuilder name, ReadOnlySpan<byte> label)
    {
        if (name.Length + label.Length + 1 > MaxLength)
        {
            return false;
        }

        name.Append(name.Length > 0 ? "." : "");
        foreach (byte b in label)
        {
            // A dot or a control character inside a label would make two names look the same.
            if (b is <= (byte)' ' or (byte)'.' or >= 0x7F)
            {
                return false;
            }

            name.Append(char.ToLowerInvariant((char)b));
        }

        return true;
    }
}
