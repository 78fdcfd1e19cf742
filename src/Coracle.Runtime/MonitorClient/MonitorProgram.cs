using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The lean second program, ready to be executed by descriptor.</summary>
public sealed class MonitorProgram : IDisposable
{
    /// <summary>What ps shows.</summary>
    internal const string Name = "coracle-monitor";

    private const string TemporaryName = Name + ".tmp";

    private MonitorProgram(SafeFileHandle file) => File = file;

    internal SafeFileHandle File { get; }

    /// <summary>From the resource that the shipped file carries: put once into a sealed memfd that every monitor shares.</summary>
    /// <param name="image">Read once, to its end.</param>
    /// <param name="execRoot">Where a file is written instead when the kernel refuses to execute a memfd.</param>
    public static MonitorProgram FromImage(Stream image, string execRoot)
    {
        if (ExecutableImage.TryCreate(Name, image) is { } sealedImage)
        {
            return new MonitorProgram(sealedImage);
        }

        using DirectoryHandle directory = DirectoryHandle.CreateAndOpen(execRoot);
        directory.RemoveIfPresent(TemporaryName);
        using (SafeFileHandle file = directory.CreateNew(TemporaryName, ExecutableImage.ReadAndExecute))
        {
            ExecutableImage.Fill(file, image);
        }

        directory.Rename(TemporaryName, Name); // monitors that run the old one keep its inode
        return new MonitorProgram(directory.OpenRead(Name));
    }

    /// <summary>From a published file: for development and tests.</summary>
    public static MonitorProgram FromFile(string path)
    {
        int slash = path.LastIndexOf('/');
        using DirectoryHandle directory = DirectoryHandle.Open(path[..Math.Max(slash, 1)]);
        return new MonitorProgram(directory.OpenRead(path[(slash + 1)..]));
    }

    public void Dispose() => File.Dispose();
}
