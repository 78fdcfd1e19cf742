using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// One setting below /proc/sys/net. The kernel shows each thread those of its own network namespace, so to write another's the calling
/// thread goes there and comes back.
/// </summary>
/// <remarks>Made of checked names, never of a path: an interface may be called eth0.10, and a client may name its interface.</remarks>
public readonly record struct NetworkSysctl
{
    private const string Top = "/proc/sys/net/";

    private NetworkSysctl(string path) => Path = path;

    /// <summary>Below /proc/sys/net.</summary>
    public string Path { get; }

    /// <summary>Of the namespace itself: ("ipv4", "ip_forward").</summary>
    public static NetworkSysctl Of(string family, string name) => new($"{Word(family)}/{Word(name)}");

    /// <summary>Of one interface: ("ipv4", "eth0", "route_localnet"); also of "all" and of "default", those to come.</summary>
    public static NetworkSysctl OfLink(string family, string link, string name) => new($"{Word(family)}/conf/{Link(link)}/{Word(name)}");

    /// <summary>Of an interface's neighbours: ("ipv4", "eth0", "gc_stale_time").</summary>
    public static NetworkSysctl OfNeighbours(string family, string link, string name) => new($"{Word(family)}/neigh/{Link(link)}/{Word(name)}");

    /// <param name="space">Null: the calling thread's own.</param>
    /// <exception cref="LinuxException">ENOENT when this kernel, or this namespace, has no such setting; EINVAL for a value it does not take.</exception>
    public void Write(SafeFileHandle? space, string value)
    {
        using NamespaceVisit? visit = Visit(space);
        WriteHere(value);
    }

    /// <returns>False when there is no such setting: IPv6 is switched off, the interface is gone.</returns>
    public bool TryWrite(SafeFileHandle? space, string value)
    {
        try
        {
            Write(space, value);
            return true;
        }
        catch (LinuxException missing) when (missing.Errno == Errno.ENOENT)
        {
            return false;
        }
    }

    /// <summary>Several on one visit, in their order; the first failure ends it.</summary>
    public static void WriteAll(SafeFileHandle? space, params ReadOnlySpan<(NetworkSysctl Setting, string Value)> settings)
    {
        using NamespaceVisit? visit = Visit(space);
        foreach ((NetworkSysctl setting, string value) in settings)
        {
            setting.WriteHere(value);
        }
    }

    /// <param name="value">Without the end of line.</param>
    /// <returns>False when there is no such setting.</returns>
    public bool TryRead(SafeFileHandle? space, [NotNullWhen(true)] out string? value)
    {
        using NamespaceVisit? visit = Visit(space);
        value = KernelFile.TryRead(Top + Path, out byte[]? content) ? Encoding.ASCII.GetString(content).TrimEnd('\n') : null;
        return value is not null;
    }

    public override string ToString() => "net/" + Path;

    private void WriteHere(string value) => KernelFile.Write(Top + Path, Encoding.UTF8.GetBytes(value));

    private static NamespaceVisit? Visit(SafeFileHandle? space)
    {
        if (space is null)
        {
            return null;
        }

        var visit = new NamespaceVisit();
        visit.Join(space, NamespaceKinds.Network);
        return visit;
    }

    private static string Link(string name) => InterfaceName.Checked(name, "sysctl");

    /// <summary>The kernel's own words: lower case, digits, underscores, dashes.</summary>
    private static string Word(string word)
    {
        foreach (char c in word)
        {
            if (c is not (>= 'a' and <= 'z') and not (>= '0' and <= '9') and not ('_' or '-'))
            {
                throw Refuse(word);
            }
        }

        return word.Length > 0 ? word : throw Refuse(word);
    }

    private static LinuxException Refuse(string word) => new("sysctl", word, Errno.EINVAL, "not a name of a setting");
}
