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

        // The resource is a view of the mapped file: nothing is copied before the memfd.
        byte[] image = new byte[resource.Length];
        resource.ReadExactly(image);
        return MonitorProgram.FromImage(image, execRoot);
    }
}
