namespace Coracle.Registry;

/// <summary>The host's files that decide whom to trust, read whenever they are needed: an administrator changes them under a running engine.</summary>
/// <param name="Read">A file's content, or null where there is none; throws IOException where it cannot be read or is unreasonably large.</param>
/// <param name="List">The names in a directory, or none where there is no such directory.</param>
public sealed record HostFiles(Func<string, byte[]?> Read, Func<string, IReadOnlyList<string>> List)
{
    public static HostFiles None { get; } = new(_ => null, _ => []);
}
