using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The monitor program from its first instruction: sets itself apart from the engine, then serves its container.</summary>
public static class MonitorProcess
{
    // How we are started: MonitorLauncher.
    private const int ContainerId = 0;
    private const int Directory = 1;
    private const int LockFile = 2;
    private const int Engine = 3;
    private const int Arguments = 4;

    private const int UsageError = 64; // EX_USAGE
    private const int Failed = 70;     // EX_SOFTWARE

    /// <param name="arguments">The container's id (for ps), and three numbers of descriptors: directory, lock, connection.</param>
    /// <returns>The exit code. Nobody reads it; there is no stream to write to either: what is to be said goes over the socket.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments.Length != Arguments || arguments[ContainerId].Length == 0)
        {
            return UsageError;
        }

        try
        {
            using DirectoryHandle directory = InheritedDescriptor.Directory(arguments[Directory]);
            SafeFileHandle held = InheritedDescriptor.Handle(arguments[LockFile]);
            Descriptor engine = Descriptor.Adopt(InheritedDescriptor.Handle(arguments[Engine]));
            engine.SetNonBlocking();
            ProcessApart.Set();
            using (var loop = new MonitorLoop(directory, engine))
            {
                loop.Run();
            }

            held.Dispose(); // until now: whoever finds the lock free may take it that everything is done
            return 0;
        }
        catch (IOException)
        {
            return Failed;
        }
    }
}
