using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle;

/// <summary>The monitor program: carried inside the shipped file, or beside the program in a development build.</summary>
internal static class CarriedMonitor
{
    private const string ResourceName = "coracle-monitor";

    /// <exception cref="IOException">This build carries none and there is none beside it.</exception>
    public static MonitorProgram Load(string execRoot)
    {
        using Stream? resource = typeof(CarriedMonitor).Assembly.GetManifestResourceStream(ResourceName);
        if (resource is null)
        {
            return MonitorProgram.FromFile(Path.Combine(AppContext.BaseDirectory, ResourceName));
        }

        // A view of the mapped file, handed on as it is: a copy would be 2 MB of private memory for as long as we live.
        return MonitorProgram.FromImage(MappedResource.Bytes((UnmanagedMemoryStream)resource), execRoot);
    }
}
