namespace Coracle.Linux;

/// <summary>One part of a key or of a value, as the nft command numbers its types; the kernel cares for lengths alone.</summary>
public enum SetField
{
    IPv4Address = 7,
    IPv6Address = 8,
    Protocol = 12,
    Port = 13,
    InterfaceName = 41,
}

/// <summary>A named set, or a map where there is something to find for each key.</summary>
/// <param name="Name">In its table.</param>
/// <param name="Key">Several make a concatenation: each begins at a multiple of 4 bytes.</param>
/// <param name="Data">What a map gives; null in a set.</param>
/// <param name="GivesVerdict">A map of verdicts.</param>
public sealed record SetShape(string Name, SetField[] Key, SetField[]? Data = null, bool GivesVerdict = false)
{
    private const int BitsOfType = 6;

    internal bool IsMap => Data is not null || GivesVerdict;

    /// <summary>Of keys that begin with a name, nft wants to hear that they are no big-endian numbers, or it prints them backwards.</summary>
    internal bool IsHostOrder => Key is [SetField.InterfaceName];

    /// <summary>Bytes. Of a single field its own length, of several the padded ones.</summary>
    internal static int LengthOf(SetField[] fields)
    {
        if (fields.Length == 1)
        {
            return LengthOf(fields[0]);
        }

        int length = 0;
        foreach (SetField field in fields)
        {
            length += NetlinkWriter.Align(LengthOf(field));
        }

        return length;
    }

    internal static uint TypeOf(SetField[] fields)
    {
        uint type = 0;
        foreach (SetField field in fields)
        {
            type = (type << BitsOfType) | (uint)field;
        }

        return type;
    }

    private static int LengthOf(SetField field) => field switch
    {
        SetField.IPv4Address => 4,
        SetField.IPv6Address or SetField.InterfaceName => 16,
        SetField.Protocol => 1,
        _ => 2,
    };
}
