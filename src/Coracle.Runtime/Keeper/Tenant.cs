using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// Whoever things are held for: a container. Until its process is known it depends on the connection that named it first; from then on it
/// goes with its process, and with nothing else.
/// </summary>
internal sealed class Tenant(KeeperLoop loop, WatchSet watches, string id, KeeperConnection maker) : Watched(watches)
{
    private readonly List<HeldPort> _ports = [];

    public string Id { get; } = id;

    /// <summary>The connection that it depends on; null once its process is known.</summary>
    public KeeperConnection? Maker { get; private set; } = maker;

    /// <summary>Its pidfd.</summary>
    public Descriptor? Process => Socket;

    public SandboxResolver? Resolver { get; private set; }

    public int PortCount => _ports.Count;

    public HeldPort Port(int index) => _ports[index];

    /// <exception cref="LinuxException">That is no pidfd, or it cannot be watched.</exception>
    public void Attend(Descriptor process)
    {
        Adopt(process, PollInterest.Read);
        Maker = null;
    }

    public void Add(HeldPort port) => _ports.Add(port);

    public bool TryRelease(in PortHold port)
    {
        for (int i = 0; i < _ports.Count; i++)
        {
            if (_ports[i].Hold.IsSamePort(port))
            {
                _ports[i].Dispose();
                _ports.RemoveAt(i);
                return true;
            }
        }

        return false;
    }

    public void Serve(SandboxResolver? resolver)
    {
        Resolver?.Dispose();
        Resolver = resolver;
    }

    /// <summary>Its process has ended.</summary>
    public override void Serve(bool canRead, bool canWrite) => loop.Remove(this);

    public override void Dispose()
    {
        Serve(null);
        for (int i = 0; i < _ports.Count; i++)
        {
            _ports[i].Dispose();
        }

        _ports.Clear();
        base.Dispose();
    }
}

/// <summary>Descriptors that wait for the next engine.</summary>
internal sealed class KeptDescriptors(string name, Descriptor[] descriptors) : IDisposable
{
    public string Name { get; } = name;

    public int Count => descriptors.Length;

    public int Number(int index) => descriptors[index].Number;

    public void Dispose()
    {
        foreach (Descriptor descriptor in descriptors)
        {
            descriptor.Dispose();
        }
    }
}
