using System.Text;

namespace Coracle.Core;

/// <summary>
/// Names of an archive's entries, cleaned. They are only ever keys of a table, never paths of a file system: what points out of the
/// archive is refused because no honest writer makes it, not because it could reach anything.
/// </summary>
internal static class ArchiveName
{
    /// <summary>Docker's longest is a digest and a few words.</summary>
    private const int MaxLength = 512;

    /// <returns><c>blobs/sha256/…</c>, without <c>./</c>, doubled or final slashes; empty for the root itself.</returns>
    /// <exception cref="EngineException">It leaves the archive, or is longer than any that means something.</exception>
    public static string Clean(ReadOnlySpan<byte> name) => Join("", Encoding.UTF8.GetString(Bounded(name)));

    /// <summary>Where a symbolic link that stands beside this entry points to.</summary>
    /// <inheritdoc cref="Clean"/>
    public static string Resolve(string link, ReadOnlySpan<byte> target)
    {
        int slash = link.LastIndexOf('/');
        return Join(slash < 0 ? "" : link[..slash], Encoding.UTF8.GetString(Bounded(target)));
    }

    private static ReadOnlySpan<byte> Bounded(ReadOnlySpan<byte> name)
        => name.Length <= MaxLength ? name : throw Outside(Encoding.UTF8.GetString(name[..64]) + "…", "is too long a name");

    private static string Join(string directory, string name)
    {
        List<string> parts = [.. (name.StartsWith('/') ? "" : directory).Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (string part in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    throw Outside(name, "is outside of the archive");
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private static EngineException Outside(string name, string why) => new(Refusal.Failed, $"invalid archive: {Tar.InvalidTarException.Show(Encoding.UTF8.GetBytes(name))} {why}");
}
