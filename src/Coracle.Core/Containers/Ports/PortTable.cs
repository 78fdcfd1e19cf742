using System.Net;

namespace Coracle.Core;

/// <summary>Which ports of the host containers of this engine have. Its owner guards it.</summary>
internal sealed class PortTable
{
    private readonly Dictionary<(PortProtocol Protocol, ushort Port), List<(IPAddress Address, string Owner)>> _ports = [];

    private readonly Dictionary<string, HashSet<Place>> _owners = [];

    /// <summary>Nobody has it on that address, or on one that takes it in: 0.0.0.0 is every address, of its own family.</summary>
    public bool IsFree(PortProtocol protocol, IPAddress address, ushort port)
    {
        if (_ports.TryGetValue((protocol, port), out List<(IPAddress Address, string Owner)>? holders))
        {
            foreach ((IPAddress other, _) in holders)
            {
                bool meets = other.Equals(address) || AddressText.IsEvery(other) || AddressText.IsEvery(address);
                if (meets && other.AddressFamily == address.AddressFamily)
                {
                    return false;
                }
            }
        }

        return true;
    }

    public void Take(string owner, PortProtocol protocol, IPAddress address, ushort port)
    {
        if (!_ports.TryGetValue((protocol, port), out List<(IPAddress Address, string Owner)>? holders))
        {
            _ports[(protocol, port)] = holders = [];
        }

        holders.Add((address, owner));
        if (!_owners.TryGetValue(owner, out HashSet<Place>? owned))
        {
            _owners[owner] = owned = [];
        }

        owned.Add(new Place(protocol, address, port));
    }

    /// <summary>Everything that an owner has.</summary>
    public void Release(string owner)
    {
        foreach ((PortProtocol protocol, IPAddress address, ushort port) in _owners.GetValueOrDefault(owner)?.ToArray() ?? [])
        {
            Release(owner, protocol, address, port);
        }
    }

    /// <summary>What that owner does not have is no error.</summary>
    public void Release(string owner, PortProtocol protocol, IPAddress address, ushort port)
    {
        if (_ports.TryGetValue((protocol, port), out List<(IPAddress Address, string Owner)>? holders))
        {
            holders.Remove((address, owner));
            if (holders.Count == 0)
            {
                _ports.Remove((protocol, port));
            }
        }

        if (_owners.TryGetValue(owner, out HashSet<Place>? owned) && owned.Remove(new Place(protocol, address, port)) && owned.Count == 0)
        {
            _owners.Remove(owner);
        }
    }

    private sealed record Place(PortProtocol Protocol, IPAddress Address, ushort Port);
}
