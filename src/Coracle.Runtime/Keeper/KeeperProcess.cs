using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>The second program in its other role, from its first instruction: sets itself apart from the engine, then holds what it is given.</summary>
public static class KeeperProcess
{
    /// <summary>The first argument, which says that this is what is wanted; a monitor's is its container's id, in hexadecimal digits.</summary>
    public const string Role = "keeper";

    // How we are started: KeeperStart.
    private const int Directory = 1;
    private const int LockFile = 2;
    private const int Engine = 3;
    private const int ResolvConf = 4;
    private const int Arguments = 5;

    private const int UsageError = 64; // EX_USAGE
    private const int Failed = 70;     // EX_SOFTWARE

    /// <param name="arguments">The role, three numbers of descriptors (exec-root, lock, connection), and the path of the host's resolv.conf.</param>
    /// <returns>The exit code; there is no stream to say more to.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments.Length != Arguments)
        {
            return UsageError;
        }

        try
        {
            using DirectoryHandle directory = InheritedDescriptor.Directory(arguments[Directory]);
            using var held = InheritedDescriptor.Handle(arguments[LockFile]);
            Descriptor engine = Descriptor.Adopt(InheritedDescriptor.Handle(arguments[Engine]));
            engine.SetNonBlocking();
            ProcessApart.Set();
            ThisProcess.RaiseDescriptorLimit();
            using var loop = new KeeperLoop(directory, engine, arguments[ResolvConf]);
            loop.Run();
            return 0;
        }
        catch (IOException)
        {
            return Failed;
        }
    }
}
