using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>A directory of one test's own, gone with it.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    internal ScratchDirectory() => Root = DirectoryHandle.Open(Path);

    internal string Path { get; } = Directory.CreateTempSubdirectory("coracle-test-").FullName;

    internal DirectoryHandle Root { get; }

    internal string At(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose()
    {
        Root.RemoveContent();
        Root.Dispose();
        Directory.Delete(Path);
    }
}
