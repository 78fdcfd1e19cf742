namespace Coracle.E2E;

/// <summary>A file that a shell writes before there is an engine with a directory of its own.</summary>
internal sealed class TextFile : IDisposable
{
    public string Path { get; } = System.IO.Path.GetTempFileName();

    public string Text => File.ReadAllText(Path);

    public void Dispose() => File.Delete(Path);
}
