using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The lean second program, ready to be executed by descriptor.</summary>
public sealed class MonitorProgram : IDisposable
{
    private readonly SafeFileHandle _file;

    private MonitorProgram(SafeFileHandle file) => _file = file;

    /// <summary>From the resource that the shipped file carries: put once into a sealed memfd that every monitor shares.</summary>
    /// <param name="execRoot">Where a file is written instead when the kernel refuses to execute a memfd.</param>
    public static MonitorProgram FromImage(ReadOnlySpan<byte> image, string execRoot) => throw new NotSupportedException();

    /// <summary>From a published file: for development and tests.</summary>
    public static MonitorProgram FromFile(string path) => throw new NotSupportedException();

    public void Dispose() => _file.Dispose();
}
