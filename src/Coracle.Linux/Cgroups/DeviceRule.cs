using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Coracle.Linux;

[Flags]
public enum DeviceAccess
{
    None = 0,
    MakeNode = 1,
    Read = 2,
    Write = 4,
    All = MakeNode | Read | Write,
}

/// <summary>One line of the devices controller: <c>c 1:3 rwm</c>, <c>b *:* m</c>, <c>a *:* rwm</c>.</summary>
/// <param name="Kind">'c', 'b', or 'a' for both.</param>
/// <param name="Major">Null is any.</param>
/// <param name="Minor">Null is any.</param>
public readonly record struct DeviceRule(char Kind, uint? Major, uint? Minor, DeviceAccess Access)
{
    /// <returns>False when it is none: the grammar is Docker's, <c>^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$</c>.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out DeviceRule? rule)
    {
        rule = null;
        string[] words = text.Split(' ');
        if (words.Length != 3 || words[0] is not ("a" or "b" or "c") || words[1].Split(':') is not [string major, string minor]
            || !TryNumber(major, out uint? majorNumber) || !TryNumber(minor, out uint? minorNumber)
            || words[2].Length is < 1 or > 3 || !TryAccess(words[2], out DeviceAccess access))
        {
            return false;
        }

        rule = new DeviceRule(words[0][0], majorNumber, minorNumber, access);
        return true;
    }

    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Number(Major)}:{Number(Minor)} {(Access.HasFlag(DeviceAccess.Read) ? "r" : "")}{(Access.HasFlag(DeviceAccess.Write) ? "w" : "")}{(Access.HasFlag(DeviceAccess.MakeNode) ? "m" : "")}");

    private static string Number(uint? number) => number is { } value ? value.ToString(CultureInfo.InvariantCulture) : "*";

    private static bool TryNumber(string text, out uint? number)
    {
        number = null;
        if (text == "*")
        {
            return true;
        }

        bool valid = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value);
        number = value;
        return valid;
    }

    private static bool TryAccess(string text, out DeviceAccess access)
    {
        access = DeviceAccess.None;
        foreach (char letter in text)
        {
            DeviceAccess one = letter switch { 'r' => DeviceAccess.Read, 'w' => DeviceAccess.Write, 'm' => DeviceAccess.MakeNode, _ => DeviceAccess.None };
            if (one == DeviceAccess.None)
            {
                return false;
            }

            access |= one;
        }

        return true;
    }
}
