namespace Coracle.Linux;

/// <summary>What the kernel takes as an interface's name: 1 to 15 bytes, of which none is a slash, a colon or white space.</summary>
public static class InterfaceName
{
    /// <summary>Bytes; IFNAMSIZ without the terminator.</summary>
    public const int MaxLength = Abi.IFNAMSIZ - 1;

    /// <remarks>Stricter than the kernel by two: only printable ASCII, and no percent sign, which makes a name a pattern ("eth%d").</remarks>
    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxLength || name is "." or "..")
        {
            return false;
        }

        foreach (char c in name)
        {
            if (c is <= ' ' or > '~' or '/' or ':' or '%')
            {
                return false;
            }
        }

        return true;
    }

    /// <exception cref="LinuxException">EINVAL.</exception>
    internal static string Checked(string name, string call)
        => IsValid(name) ? name : throw new LinuxException(call, name, Errno.EINVAL, "not a name for an interface");
}
