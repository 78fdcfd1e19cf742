using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Coracle.Linux;
using Coracle.RootTests.Runtime;
using Coracle.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Coracle.RootTests.Keeper;

/// <summary>The published program as the keeper of a network namespace of one test's own; and processes that stand for containers.</summary>
internal sealed class KeeperHouse : IDisposable
{
    private readonly MonitorHouse _monitors;
    private readonly string _execRoot = Directory.CreateTempSubdirectory("coracle-keeper").FullName;
    private readonly List<Process> _containers = [];
    private readonly List<KeeperStart> _starts = [];

    public KeeperHouse(MonitorHouse monitors)
    {
        _monitors = monitors;
        File.WriteAllText(ResolvConf, "nameserver 127.0.0.1\n");
    }

    public NetworkThread Host { get; } = new();

    public string ResolvConf => Path.Combine(_execRoot, "resolv.conf");

    /// <summary>Another engine over the same exec-root.</summary>
    public Coracle.Runtime.Keeper NewEngine()
    {
        KeeperStart start = new(new RuntimeOptions(_execRoot, _monitors.Program), ResolvConf) { Place = Host.DoAsync };
        _starts.Add(start);
        _monitors.AlsoSweep(start.Sweep); // a process that is ending has no command line for a moment before it can be taken
        return new Coracle.Runtime.Keeper(start, NullLogger.Instance);
    }

    /// <summary>A process that lives until it is killed, in the host's namespace or another.</summary>
    public Process NewContainer(NetworkThread? network = null)
    {
        Process process = (network ?? Host).Do(() => Process.Start("sleep", ["1000"]));
        _containers.Add(process);
        return process;
    }

    public static SafeFileHandle PidFdOf(Process process) => PidFd.Open(process.Id);

    /// <summary>Those that hold the lock: the keepers of this exec-root.</summary>
    public int[] Keepers()
        => [.. Directory.GetDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => name.All(char.IsAsciiDigit)).Where(IsKeeper)
            .Select(name => int.Parse(name, CultureInfo.InvariantCulture))];

    public Socket Listen(string address, int port, ProtocolType protocol, NetworkThread? network = null) => (network ?? Host).Do(() =>
    {
        IPEndPoint at = new(IPAddress.Parse(address), port);
        Socket socket = new(at.AddressFamily, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);
        try
        {
            socket.Bind(at);
            if (protocol == ProtocolType.Tcp)
            {
                socket.Listen();
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return socket;
    });

    /// <summary>A process that was killed has no command line any more a moment before the kernel has closed the last of its sockets.</summary>
    public async Task<Socket> ListenOnceFreeAsync(string address, int port, ProtocolType protocol)
    {
        Socket? socket = null;
        await UntilAsync(() =>
        {
            try
            {
                socket = Listen(address, port, protocol);
                return true;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                return false;
            }
        });
        return socket!;
    }

    public Socket Client(AddressFamily family, ProtocolType protocol, NetworkThread? network = null)
        => (network ?? Host).Do(() => new Socket(family, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol));

    public static SafeFileHandle Borrow(Socket socket) => new(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false);

    public static PortHold Hold(TransportProtocol protocol, string address, int port, IPEndPoint? target = null) => new(
        protocol, InternetEndpoint.From(IPAddress.Parse(address).GetAddressBytes(), (ushort)port),
        target is null ? default : InternetEndpoint.From(target.Address.GetAddressBytes(), (ushort)target.Port));

    public static async Task UntilAsync(Func<bool> holds)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < MonitorHouse.Limit, "it did not come about in time");
            await Task.Delay(5);
        }
    }

    public void Dispose()
    {
        foreach (Process container in _containers)
        {
            container.Kill();
            container.WaitForExit();
            container.Dispose();
        }

        long start = Stopwatch.GetTimestamp();
        while (Keepers().Length > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < MonitorHouse.Limit, "a keeper stays though its containers have ended and no engine is there");
            Thread.Sleep(5);
            _starts.ForEach(one => one.Sweep());
        }

        _starts.ForEach(one => one.Sweep());
        Host.Dispose();
        Directory.Delete(_execRoot, recursive: true);
    }

    private bool IsKeeper(string pid)
    {
        try
        {
            string line = File.ReadAllText($"/proc/{pid}/cmdline");
            return line.StartsWith("coracle-monitor\0keeper\0", StringComparison.Ordinal) && line.Contains(ResolvConf, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }
}
