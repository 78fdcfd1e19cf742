using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// A container's root file system, assembled in a mount namespace that the calling thread is visiting: everything but /proc, which the
/// process mounts itself. Its handles hold the namespace's mounts, so it is disposed once the process has its own.
/// </summary>
internal sealed class SandboxRoot : IDisposable
{
    private readonly List<IDisposable> _held = [];

    private SandboxRoot(DirectoryHandle root, SafeFileHandle nullDevice, VolumeMounts volumes, TerminalPair? terminal)
    {
        Root = root;
        NullDevice = nullDevice;
        Volumes = volumes;
        Terminal = terminal;
    }

    internal DirectoryHandle Root { get; }

    internal SafeFileHandle NullDevice { get; }

    internal VolumeMounts Volumes { get; }

    /// <summary>With a tty.</summary>
    internal TerminalPair? Terminal { get; }

    /// <remarks>
    /// The order matters: volumes are copied first, while they are in the host's peer groups (an rshared one stays shared with the
    /// host); then everything in this namespace becomes private, so that nothing mounted or unmounted below is seen outside.
    /// </remarks>
    internal static SandboxRoot Assemble(LaunchSpec spec, LaunchSurroundings around, MountTree? sharedMemory)
    {
        VolumeMounts volumes = VolumeMounts.Take(spec);
        DirectoryHandle? root = null;
        TerminalPair? terminal = null;
        try
        {
            Mounts.SetPropagation("/", MountFlags.Private | MountFlags.Recursive);
            root = OverlayRoot.Mount(spec.Root);
            var taken = new UserTargets(spec);
            DefaultMounts.Mount(root, spec, taken);
            if (sharedMemory is not null && !taken.Contains("/dev/shm"))
            {
                using DirectoryHandle target = root.OpenOrCreateInside("dev/shm"u8);
                sharedMemory.AttachTo(target);
            }

            if (!taken.Contains(CgroupView.Directory) && !taken.Contains("/sys"))
            {
                CgroupView.Mount(root, spec, around.Cgroups);
            }

            SafeFileHandle nullDevice = DeviceNodes.PinNull(root);
            if (spec.Stdio.Tty)
            {
                terminal = OpenTerminal(root);
            }

            volumes.Attach(root, spec.Tmpfs);
            RestrictedPaths.Apply(root, spec.Isolation, nullDevice);
            MakeWorkingDirectory(root, spec.Process.WorkingDirectory);
            EnsureDirectory(root, "proc");
            return new SandboxRoot(root, nullDevice, volumes, terminal);
        }
        catch
        {
            terminal?.Dispose();
            root?.Dispose();
            volumes.Dispose();
            throw;
        }
    }

    internal ContainerUser FindUser(ProcessSpec process) => ContainerUser.Resolve(
        process.User, process.GroupAdd, AccountFile.Read(Root, "etc/passwd"), AccountFile.Read(Root, "etc/group"));

    /// <summary>Keeps something open until the fork.</summary>
    internal void Hold(IDisposable handle) => _held.Add(handle);

    /// <summary>All but the terminal's master, which the monitor gets.</summary>
    public void Dispose()
    {
        foreach (IDisposable handle in _held)
        {
            handle.Dispose();
        }

        Terminal?.Terminal.Dispose();
        NullDevice.Dispose();
        Volumes.Dispose();
        Root.Dispose();
    }

    private static TerminalPair OpenTerminal(DirectoryHandle root)
    {
        using DirectoryHandle devpts = root.OpenInside("dev/pts"u8);
        TerminalPair terminal = TerminalPair.Open(devpts);
        DeviceNodes.BindConsole(root, terminal.Terminal);
        return terminal;
    }

    /// <summary>
    /// 0755 and root's when missing, as Docker makes it. Nothing is made below /proc: what is there now is not what the process sees.
    /// </summary>
    private static void MakeWorkingDirectory(DirectoryHandle root, string path)
    {
        string clean = ContainerPath.Clean(path);
        if (clean == "/" || ContainerPath.IsWithin(clean, "/proc"))
        {
            return;
        }

        try
        {
            EnsureDirectory(root, clean);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ENOTDIR)
        {
            throw new LaunchFailedException(LaunchFailureKind.NotFound, $"Cannot mkdir: {path} is not a directory");
        }
    }

    private static void EnsureDirectory(DirectoryHandle root, string path)
        => root.OpenOrCreateInside(Encoding.UTF8.GetBytes(path)).Dispose();
}
