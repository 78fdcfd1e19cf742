using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle;

/// <summary>Opens what the engine listens on.</summary>
internal static class Listeners
{
    /// <summary>Octal 0660: root and the group.</summary>
    private const int SocketMode = 0x1B0;

    /// <summary>Octal 0755, of the directories above a socket.</summary>
    private const int DirectoryMode = 0x1ED;

    private const int Backlog = 4096;

    /// <summary>What can be said before anything is made: an engine that nobody could reach leaves no bridge and no rules behind.</summary>
    /// <exception cref="OptionsException">systemd has opened nothing for us, or a path is none that a socket can have.</exception>
    public static void Require(EngineOptions options, StartEnvironment environment)
    {
        foreach (ListenAddress address in options.Hosts)
        {
            if (address is ListenAddress.Unix unix && (unix.Path.LastIndexOf('/') < 0 || unix.Path.EndsWith('/')))
            {
                throw new OptionsException($"unable to listen on unix://{unix.Path}: an absolute path is needed");
            }

            if (address is not (ListenAddress.Unix or ListenAddress.Tcp) && environment.InheritedSockets == 0)
            {
                throw new OptionsException("no sockets found via socket activation: make sure the service was started by systemd");
            }
        }
    }

    /// <summary>Call it only when the data root is locked: a socket file that is there is then a dead engine's, and is replaced.</summary>
    /// <param name="options">Those that <see cref="Require"/> has seen.</param>
    /// <exception cref="IOException">The address is taken, or no directory can be made for it.</exception>
    public static async Task<List<Socket>> OpenAsync(EngineOptions options, StartEnvironment environment, KeptListeners kept, ILogger logger)
    {
        List<Socket> listeners = [];
        await kept.FindAsync(options.Hosts);
        foreach (ListenAddress address in options.Hosts)
        {
            switch (address)
            {
                case ListenAddress.Unix unix:
                    listeners.Add(await kept.OpenAsync(unix, () => OpenUnix(unix.Path)));
                    SetGroup(unix.Path, options.Group, logger);
                    break;
                case ListenAddress.Tcp tcp:
                    listeners.Add(await kept.OpenAsync(tcp, () => OpenTcp(tcp.EndPoint)));
                    Log.ListensWithoutTls(logger, tcp.EndPoint.ToString());
                    break;
                default:
                    AddInherited(listeners, environment);
                    break;
            }
        }

        return listeners;
    }

    private static Socket OpenUnix(string path)
    {
        using DirectoryHandle directory = OpenDirectoryOf(path, out string name);
        return UnixSockets.AsSocket(UnixSockets.Listen(directory, name, SocketMode));
    }

    /// <summary>Also of a file that an earlier engine made: this one may have been told another.</summary>
    private static void SetGroup(string path, string group, ILogger logger)
    {
        if (GroupId(group) is { } id)
        {
            using DirectoryHandle directory = OpenDirectoryOf(path, out string name);
            directory.SetOwner(Encoding.UTF8.GetBytes(name), 0, id);
        }
        else
        {
            Log.NoSuchGroup(logger, group, path);
        }
    }

    private static DirectoryHandle OpenDirectoryOf(string path, out string name)
    {
        int slash = path.LastIndexOf('/');
        name = path[(slash + 1)..];
        return DirectoryHandle.CreateAndOpen(slash == 0 ? "/" : path[..slash], DirectoryMode);
    }

    private static Socket OpenTcp(IPEndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"listen tcp {endPoint}: {e.Message}", e);
        }
    }

    private static void AddInherited(List<Socket> listeners, StartEnvironment environment)
    {
        for (int i = 0; i < environment.InheritedSockets; i++)
        {
            listeners.Add(new Socket(new SafeSocketHandle(StartEnvironment.FirstInherited + i, ownsHandle: true)));
        }
    }

    /// <summary>From /etc/group itself: a static glibc must not load the host's NSS modules.</summary>
    private static uint? GroupId(string group)
    {
        const int MaxFile = 4 * 1024 * 1024;
        if (uint.TryParse(group, out uint number))
        {
            return number;
        }

        if (!KernelFile.TryRead("/etc/group", out byte[]? content, MaxFile))
        {
            return null;
        }

        foreach (string line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2 && fields[0] == group && uint.TryParse(fields[2], out uint id))
            {
                return id;
            }
        }

        return null;
    }
}
