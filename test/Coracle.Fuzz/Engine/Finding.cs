using System.Security.Cryptography;

namespace Coracle.Fuzz;

/// <param name="Place">What makes it another finding than the one before.</param>
/// <param name="Story">The exception as a whole.</param>
internal sealed record Finding(FuzzTarget Target, byte[] Input, string Place, string Story)
{
    /// <returns>The path of the input; what was wrong with it stands beside it in <c>.txt</c>.</returns>
    public string Save(string directory)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, $"{Target.Name}-{Convert.ToHexStringLower(SHA256.HashData(Input))[..12]}");
        File.WriteAllBytes(path, Input);
        File.WriteAllText(path + ".txt", Story + "\n");
        return path;
    }
}
