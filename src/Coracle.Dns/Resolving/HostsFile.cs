using System.Net;
using System.Text;

namespace Coracle.Dns;

/// <summary>hosts(5): an address and its names per line.</summary>
internal static class HostsFile
{
    public static IReadOnlyList<IPAddress> Find(ReadOnlySpan<byte> content, string name)
    {
        List<IPAddress> found = [];
        foreach (ReadOnlySpan<char> line in Encoding.UTF8.GetString(content).AsSpan().EnumerateLines())
        {
            int comment = line.IndexOf('#');
            string[] words = (comment < 0 ? line : line[..comment]).ToString()
                .Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words.AsSpan(1).ContainsName(name) && IPAddress.TryParse(words[0], out IPAddress? address))
            {
                found.Add(address);
            }
        }

        return found;
    }

    private static bool ContainsName(this Span<string> words, string name)
    {
        foreach (string word in words)
        {
            if (word.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
