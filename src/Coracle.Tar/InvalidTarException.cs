using System.Text;

namespace Coracle.Tar;

/// <summary>The stream is not a tar that can be unpacked. Says where, and at which entry.</summary>
public sealed class InvalidTarException : IOException
{
    private const int ShownNameLength = 256;

    /// <param name="offset">Bytes from the start of the tar.</param>
    /// <param name="name">The entry's name as far as it is known; may be empty.</param>
    public InvalidTarException(string problem, long offset, ReadOnlySpan<byte> name)
        : base($"invalid tar: {(name.IsEmpty ? "" : $"entry {Show(name)}, ")}offset {offset}: {problem}")
    {
        Offset = offset;
        EntryName = Show(name);
    }

    public long Offset { get; }

    /// <summary>Printable whatever the tar held: control characters are shown as \xNN, and long names are cut.</summary>
    public string EntryName { get; }

    /// <summary>A name from outside, fit for a log line or an error message.</summary>
    public static string Show(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name[..Math.Min(name.Length, ShownNameLength)]);
        var shown = new StringBuilder("\"");
        foreach (char c in text)
        {
            shown.Append(char.IsControl(c) || c == '"' ? $"\\x{(int)c:x2}" : c.ToString());
        }

        return shown.Append(name.Length > ShownNameLength ? "…\"" : "\"").ToString();
    }
}
