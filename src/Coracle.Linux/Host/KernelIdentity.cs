using System.Text;

namespace Coracle.Linux;

/// <summary>uname(2).</summary>
/// <param name="Release">E.g. <c>6.1.0-18-amd64</c>.</param>
/// <param name="Machine">E.g. <c>x86_64</c>, <c>aarch64</c>, <c>armv7l</c>.</param>
public sealed record KernelIdentity(string Name, string NodeName, string Release, string Version, string Machine)
{
    private const int FieldLength = 65;

    public static unsafe KernelIdentity Read()
    {
        utsname names;
        return LibC.uname(&names) == 0
            ? new KernelIdentity(Text(names.sysname), Text(names.nodename), Text(names.release), Text(names.version), Text(names.machine))
            : throw LinuxException.FromLastError("uname", "");
    }

    private static unsafe string Text(byte* field)
    {
        var bytes = new ReadOnlySpan<byte>(field, FieldLength);
        return Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }
}

/// <summary>The two numbers of a kernel's version by which features are decided.</summary>
public readonly record struct KernelVersion(int Major, int Minor) : IComparable<KernelVersion>
{
    public static KernelVersion Running { get; } = Parse(KernelIdentity.Read().Release);

    /// <param name="release">As uname says it; what is not a number reads as 0.</param>
    public static KernelVersion Parse(string release)
    {
        int dot = release.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new KernelVersion(Number(release), 0) : new KernelVersion(Number(release[..dot]), Number(release[(dot + 1)..]));
    }

    public int CompareTo(KernelVersion other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    public static bool operator <(KernelVersion left, KernelVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(KernelVersion left, KernelVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(KernelVersion left, KernelVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(KernelVersion left, KernelVersion right) => left.CompareTo(right) >= 0;

    private static int Number(string text)
    {
        const int Bound = 1_000_000;
        int value = 0;
        foreach (char digit in text)
        {
            if (!char.IsAsciiDigit(digit) || value > Bound)
            {
                break;
            }

            value = (value * 10) + (digit - '0');
        }

        return value;
    }
}
