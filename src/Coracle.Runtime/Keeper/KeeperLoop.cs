using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// The keeper: one thread, one loop, all containers of this host. It holds their ports on the host, answers their sandboxes' questions for
/// names, and keeps what the next engine is to find again. It leaves when it holds nothing and nobody is connected.
/// </summary>
internal sealed class KeeperLoop : IDisposable
{
    /// <summary>There is one engine; a second is one that is just being replaced.</summary>
    private const int MostConnections = 16;

    /// <summary>The longest datagram, and the longest message by TCP.</summary>
    private const int BufferLength = 64 << 10;

    private readonly WatchSet _watches = new();
    private readonly List<KeeperConnection> _connections = [];
    private readonly List<Tenant> _tenants = [];
    private readonly List<KeptDescriptors> _kept = [];
    private readonly KeeperRequests _requests;
    private readonly Door _door;

    /// <param name="directory">exec-root.</param>
    /// <param name="engine">The connection of the engine that started us.</param>
    /// <param name="resolvConf">The host's.</param>
    public KeeperLoop(DirectoryHandle directory, Descriptor engine, string resolvConf)
    {
        byte[] buffer = new byte[BufferLength];
        var names = new NameService(_watches, new HostResolvers(resolvConf), buffer);
        Tables = new KeeperTables(this);
        _requests = new KeeperRequests(this, _watches, names, new PortTraffic(buffer));
        _door = new Door(this, LocalListener.BindForMessages(directory, KeeperFiles.Socket));
        Admit(engine);
    }

    public KeeperTables Tables { get; }

    public int TenantCount => _tenants.Count;

    public int KeptCount => _kept.Count;

    public Tenant TenantAt(int index) => _tenants[index];

    public KeptDescriptors KeptAt(int index) => _kept[index];

    public void Run()
    {
        while (_connections.Count > 0 || _tenants.Count > 0 || _kept.Count > 0)
        {
            _watches.Turn();
        }
    }

    /// <exception cref="LinuxException">ENOENT.</exception>
    public Tenant Find(string id) => TryFind(id) ?? throw new LinuxException("find", "tenant", Errno.ENOENT);

    public Tenant FindOrMake(string id, KeeperConnection maker)
    {
        if (TryFind(id) is { } known)
        {
            return known;
        }

        var tenant = new Tenant(this, _watches, id, maker);
        _tenants.Add(tenant);
        return tenant;
    }

    public void Remove(Tenant tenant)
    {
        if (_tenants.Remove(tenant))
        {
            tenant.Dispose();
            if (_connections.Count == 0)
            {
                Tables.Sweep(); // an engine that is there says itself which it needs no more
            }
        }
    }

    public KeptDescriptors FindKept(string name)
    {
        for (int i = 0; i < _kept.Count; i++)
        {
            if (_kept[i].Name == name)
            {
                return _kept[i];
            }
        }

        throw new LinuxException("find", "descriptors", Errno.ENOENT);
    }

    /// <summary>Those of the same name are closed.</summary>
    public void Keep(KeptDescriptors descriptors)
    {
        for (int i = 0; i < _kept.Count; i++)
        {
            if (_kept[i].Name == descriptors.Name)
            {
                _kept[i].Dispose();
                _kept[i] = descriptors;
                return;
            }
        }

        _kept.Add(descriptors);
    }

    public void DropKept(string name)
    {
        KeptDescriptors kept = FindKept(name);
        _ = _kept.Remove(kept);
        kept.Dispose();
    }

    /// <summary>An engine has gone: what it had begun for a container without a process goes, too.</summary>
    public void Left(KeeperConnection connection)
    {
        _ = _connections.Remove(connection);
        for (int i = _tenants.Count - 1; i >= 0; i--)
        {
            if (_tenants[i].Maker == connection)
            {
                Remove(_tenants[i]);
            }
        }

        if (_connections.Count == 0)
        {
            Tables.Sweep();
        }
    }

    public void Dispose()
    {
        _door.Dispose();
        while (_tenants.Count > 0)
        {
            Remove(_tenants[^1]);
        }

        while (_connections.Count > 0)
        {
            _connections[^1].Dispose();
        }

        while (_kept.Count > 0)
        {
            DropKept(_kept[^1].Name);
        }

        _watches.Dispose();
    }

    private Tenant? TryFind(string id)
    {
        for (int i = 0; i < _tenants.Count; i++)
        {
            if (_tenants[i].Id == id)
            {
                return _tenants[i];
            }
        }

        return null;
    }

    private void Admit(Descriptor socket)
    {
        if (_connections.Count == MostConnections)
        {
            socket.Dispose();
            return;
        }

        try
        {
            _connections.Add(new KeeperConnection(_watches, _requests, socket));
        }
        catch (LinuxException)
        {
            // It cannot be watched, and is closed.
        }
    }

    /// <summary>Where later engines come in.</summary>
    private sealed class Door : Watched
    {
        private readonly KeeperLoop _loop;
        private readonly LocalListener _listener;

        public Door(KeeperLoop loop, LocalListener listener)
            : base(loop._watches)
        {
            _loop = loop;
            _listener = listener;
            Adopt(listener.Socket, PollInterest.Read);
        }

        public override void Serve(bool canRead, bool canWrite)
        {
            while (_listener.TryAccept() is { } socket)
            {
                // The directory is root's alone; this is for the day when somebody changes that.
                if (socket.PeerIs(ThisProcess.UserId))
                {
                    _loop.Admit(socket);
                }
                else
                {
                    socket.Dispose();
                }
            }
        }
    }
}
