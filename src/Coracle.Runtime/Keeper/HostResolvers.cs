using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>The name servers that the host uses at this moment.</summary>
/// <remarks>
/// The file's identity is looked at (one statx) whenever a question is to be forwarded, as glibc does it. Watching it instead (inotify) means
/// to follow its symbolic links and each one's directory, and misses a target that is not there yet; forwarding costs more than the look.
/// </remarks>
internal sealed class HostResolvers(string path)
{
    /// <summary>resolv.conf(5): what a resolver asks when the file names nobody.</summary>
    private static ReadOnlySpan<byte> Loopback => [127, 0, 0, 1];

    private const int MostBytes = 64 << 10;

    private FileStatus _seen;
    private InternetEndpoint[]? _servers;

    public InternetEndpoint[] Current()
    {
        _ = KernelFile.TryStat(path, out FileStatus status);
        if (_servers is null || !status.Equals(_seen))
        {
            _seen = status;
            _servers = Read();
        }

        return _servers;
    }

    private InternetEndpoint[] Read()
    {
        try
        {
            if (KernelFile.TryRead(path, out byte[]? content, MostBytes))
            {
                return Parse(content);
            }
        }
        catch (LinuxException)
        {
            // It cannot be read: as if it were not there.
        }

        return Parse([]);
    }

    /// <summary>The lines "nameserver ADDRESS", the first three; the resolver of this machine when there are none.</summary>
    internal static InternetEndpoint[] Parse(ReadOnlySpan<byte> content)
    {
        var servers = new InternetEndpoint[ResolverSettings.MostServers];
        int count = 0;
        while (!content.IsEmpty && count < servers.Length)
        {
            ReadOnlySpan<byte> line = Until(content, (byte)'\n');
            content = content[Math.Min(line.Length + 1, content.Length)..];
            if (Word(ref line).SequenceEqual("nameserver"u8) && InternetEndpoint.TryParse(Word(ref line), DnsPort, out servers[count]))
            {
                count++;
            }
        }

        if (count == 0)
        {
            servers[count++] = InternetEndpoint.From(Loopback, DnsPort);
        }

        return servers.AsSpan(0, count).ToArray();
    }

    private const ushort DnsPort = 53;

    private static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> line)
    {
        int start = 0;
        while (start < line.Length && IsSpace(line[start]))
        {
            start++;
        }

        int end = start;
        while (end < line.Length && !IsSpace(line[end]))
        {
            end++;
        }

        ReadOnlySpan<byte> word = line[start..end];
        line = line[end..];
        return word;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r';

    private static ReadOnlySpan<byte> Until(ReadOnlySpan<byte> text, byte end)
    {
        int at = 0;
        while (at < text.Length && text[at] != end)
        {
            at++;
        }

        return text[..at];
    }
}
