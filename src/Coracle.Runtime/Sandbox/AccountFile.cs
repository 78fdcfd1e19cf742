using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// An image's /etc/passwd or /etc/group. Never asked through the C library: that would load the host's name services into us, or the
/// image's (CVE-2019-14271).
/// </summary>
internal sealed class AccountFile
{
    /// <summary>A passwd of 10,000 users is half of it; beyond it the rest is not looked at.</summary>
    internal const int MaxBytes = 1 << 20;

    private AccountFile(List<string[]> entries) => Entries = entries;

    /// <summary>Lines split at colons; empty and comment lines left out.</summary>
    internal IReadOnlyList<string[]> Entries { get; }

    /// <summary>An image without the file has no names, only numbers.</summary>
    internal static AccountFile Read(DirectoryHandle root, string path)
    {
        if (!root.TryOpenReadInside(Encoding.UTF8.GetBytes(path), out SafeFileHandle? file))
        {
            return Parse([]);
        }

        using (file)
        {
            byte[] content = new byte[(int)Math.Min(MaxBytes, Math.Max(0, OpenFile.Status(file).Size))];
            int length = 0;
            while (length < content.Length && RandomAccess.Read(file, content.AsSpan(length), length) is > 0 and int read)
            {
                length += read;
            }

            return Parse(content.AsSpan(0, length));
        }
    }

    internal static AccountFile Parse(ReadOnlySpan<byte> content)
    {
        var entries = new List<string[]>();
        while (!content.IsEmpty)
        {
            int end = content.IndexOf((byte)'\n');
            string line = Encoding.UTF8.GetString(end < 0 ? content : content[..end]).Trim();
            content = end < 0 ? [] : content[(end + 1)..];
            if (line.Length > 0 && line[0] != '#')
            {
                entries.Add(line.Split(':'));
            }
        }

        return new AccountFile(entries);
    }
}
