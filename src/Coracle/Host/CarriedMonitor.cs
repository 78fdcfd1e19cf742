using Coracle.Runtime;
using ZstdSharp;

namespace Coracle;

/// <summary>The monitor program: carried inside the shipped file, or beside the program in a development build.</summary>
internal static class CarriedMonitor
{
    private const string FileName = "coracle-monitor";

    /// <exception cref="IOException">This build carries none and there is none beside it.</exception>
    public static MonitorProgram Load(string execRoot)
    {
        using Stream? resource = typeof(CarriedMonitor).Assembly.GetManifestResourceStream(FileName + ".zst");
        if (resource is null)
        {
            return MonitorProgram.FromFile(Path.Combine(AppContext.BaseDirectory, FileName));
        }

        // Straight into the file that is executed: its 2 MB are never in our own memory.
        using var image = new DecompressionStream(resource);
        return MonitorProgram.FromImage(image, execRoot);
    }
}
