using Coracle.Dns;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The resolver of one sandbox: two sockets that the engine made inside it, its networks' tables, its servers.</summary>
internal sealed class SandboxResolver : IDisposable
{
    /// <summary>Connections at once.</summary>
    private const int MostStreams = 64;

    /// <summary>Connections for one event: other sandboxes are to have their turn.</summary>
    private const int MostAtOnce = 32;

    private readonly NameService _service;
    private readonly Tenant _tenant;
    private readonly DatagramDoor _datagrams;
    private readonly StreamDoor _streams;
    private readonly List<StreamAsker> _askers = [];
    private readonly List<ForwardedQuestion> _questions = [];
    private NameTable[] _tables = [];

    /// <param name="datagrams">UDP, bound.</param>
    /// <param name="streams">TCP, listening.</param>
    /// <exception cref="LinuxException">EINVAL: they are not that. Both are closed.</exception>
    public SandboxResolver(NameService service, Tenant tenant, Descriptor datagrams, Descriptor streams)
    {
        _service = service;
        _tenant = tenant;
        _datagrams = new DatagramDoor(service, this);
        _streams = new StreamDoor(service, this);
        try
        {
            if (!InternetSocket.TryDescribe(datagrams, out bool first, out _) || !first
                || !InternetSocket.TryDescribe(streams, out bool second, out _) || second)
            {
                throw new LinuxException("serve", "sockets", Errno.EINVAL);
            }

            _datagrams.Open(datagrams);
            _streams.Open(streams);
        }
        catch (LinuxException)
        {
            Dispose();
            datagrams.Dispose();
            streams.Dispose();
            throw;
        }
    }

    public ResolverSettings Settings { get; private set; } = new([], OutsideNames.Refused, []);

    public SandboxNames Names { get; private set; } = new([], OutsideNames.Refused);

    public int Forwarded => _questions.Count;

    public int DatagramNumber => _datagrams.Socket!.Number;

    public int StreamNumber => _streams.Socket!.Number;

    /// <param name="tables">Of the settings' keys, in their order.</param>
    public void Use(ResolverSettings settings, NameTable[] tables)
    {
        Settings = settings;
        _tables = tables;
        Names = new SandboxNames(tables, settings.Outside);
    }

    public bool Uses(string key) => IndexOf(key) >= 0;

    public void Replace(string key, NameTable table)
    {
        if (IndexOf(key) is >= 0 and var index)
        {
            _tables[index] = table;
        }
    }

    public InternetEndpoint[] Servers() => Settings.Servers.Length > 0 ? Settings.Servers : _service.Host.Current();

    /// <summary>A socket to a server: to the container's own from inside its sandbox, to the host's from the host.</summary>
    public Descriptor? TryConnect(TransportProtocol protocol, in InternetEndpoint server)
    {
        if (Settings.Servers.Length == 0 || _tenant.Process is not { } process)
        {
            return InternetSocket.TryConnect(protocol, server, out _);
        }

        try
        {
            using var number = new SafeFileHandle(process.Number, ownsHandle: false);
            using var visit = new NamespaceVisit();
            visit.Join(number, NamespaceKinds.Network);
            return InternetSocket.TryConnect(protocol, server, out _);
        }
        catch (LinuxException)
        {
            return null; // its process has just ended
        }
    }

    public void Begin(ForwardedQuestion question) => _questions.Add(question);

    public void End(ForwardedQuestion question) => _ = _questions.Remove(question);

    public void End(StreamAsker asker) => _ = _askers.Remove(asker);

    public void Answer(in Asker asker, ReadOnlySpan<byte> answer)
    {
        if (asker.Stream is { } stream)
        {
            stream.Tell(answer);
        }
        else
        {
            _ = InternetSocket.SendTo(_datagrams.Socket!, answer, asker.Client);
        }
    }

    public void Dispose()
    {
        while (_questions.Count > 0)
        {
            _questions[^1].Dispose();
        }

        while (_askers.Count > 0)
        {
            _askers[^1].Dispose();
        }

        _datagrams.Dispose();
        _streams.Dispose();
    }

    private int IndexOf(string key)
    {
        for (int i = 0; i < Settings.Tables.Length; i++)
        {
            if (Settings.Tables[i] == key)
            {
                return i;
            }
        }

        return -1;
    }

    private void TakeIn(Descriptor socket)
    {
        if (_askers.Count >= MostStreams)
        {
            socket.Dispose();
            return;
        }

        try
        {
            _askers.Add(new StreamAsker(_service, this, socket));
        }
        catch (LinuxException)
        {
            // It cannot be watched, and is closed.
        }
    }

    private sealed class DatagramDoor(NameService service, SandboxResolver sandbox) : Watched(service.Watches)
    {
        public void Open(Descriptor socket)
        {
            socket.SetNonBlocking();
            Adopt(socket, PollInterest.Read);
        }

        /// <summary>One for each event: to ask whether there is another costs as much as to be told, and other sandboxes have their turn.</summary>
        public override void Serve(bool canRead, bool canWrite)
        {
            IoCount count = InternetSocket.ReceiveFrom(Socket!, service.Question, out InternetEndpoint client);
            int length = count.Failed ? 0 : service.Ask(sandbox, service.Question.AsSpan(0, count.Bytes), client, null);
            if (length > 0)
            {
                _ = InternetSocket.SendTo(Socket!, service.Answer.AsSpan(0, length), client);
            }
        }
    }

    private sealed class StreamDoor(NameService service, SandboxResolver sandbox) : Watched(service.Watches)
    {
        private const long Breath = 100;

        public void Open(Descriptor socket)
        {
            socket.SetNonBlocking();
            Adopt(socket, PollInterest.Read);
        }

        public override void Serve(bool canRead, bool canWrite)
        {
            for (int i = 0; i < MostAtOnce; i++)
            {
                if (InternetSocket.TryAccept(Socket!, out Errno errno) is { } socket)
                {
                    sandbox.TakeIn(socket);
                    continue;
                }

                if (errno != Errno.EAGAIN)
                {
                    // Out of descriptors, most likely: not asked again at once.
                    Want(PollInterest.None);
                    Watches.Arm(this, Breath);
                }

                return;
            }
        }

        public override void Expire() => Want(PollInterest.Read);
    }
}
