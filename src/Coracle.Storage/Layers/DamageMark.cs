using System.Text;
using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>layers/&lt;diffId&gt;/damaged: a line beside a layer's record that says what is wrong with it. It goes where the layer goes.</summary>
internal static class DamageMark
{
    public const string FileName = "damaged";
    private const int MaxLength = 1024;

    public static void Write(DirectoryHandle layer, string why)
    {
        byte[] text = Encoding.UTF8.GetBytes(why);
        DurableFile.Replace(layer, FileName, text.AsSpan(0, Math.Min(text.Length, MaxLength)));
    }

    /// <returns>Null when there is none.</returns>
    public static string? Read(DirectoryHandle layer)
        => DurableFile.TryRead(layer, FileName, MaxLength) is { } text ? Encoding.UTF8.GetString(text) : null;
}
