using System.Net;

namespace Coracle.Core;

/// <summary>
/// Gives host ports to containers: a port that was named, one of a range, or any. Two of our own never get the same one; that no other program
/// has it, <see cref="IHostPorts"/> finds out by taking it.
/// </summary>
/// <remarks>
/// One for the engine. All ports of a container are taken in one step, so that a thousand cost one question. The lock guards the table and
/// is never held while somebody is asked. What a container has is in its record: after a restart of the engine <see cref="Restore"/> tells it.
/// </remarks>
public sealed class PortAllocator(EphemeralPorts ephemeral)
{
    private readonly Lock _lock = new();

    private readonly PortTable _table = new();

    /// <summary>By protocol: where the next search for an ephemeral port begins, so that one just freed is not taken at once by another.</summary>
    private readonly int[] _next = [ephemeral.First, ephemeral.First, ephemeral.First];

    /// <param name="owner">The container's id.</param>
    /// <param name="wishes">In the order of <see cref="PortWish.Of"/>.</param>
    /// <returns>What is held now: an entry for each address of the host. Addresses of one wish have one port.</returns>
    /// <exception cref="EngineException">A port is taken, in Docker's words; nothing is held then.</exception>
    public async Task<IReadOnlyList<PortMapping>> PublishAsync(
        string owner, IReadOnlyList<PortWish> wishes, PortSurroundings surroundings, IHostPorts host, CancellationToken cancellationToken)
    {
        List<PortChoice> choices = [];
        try
        {
            Choose(owner, wishes, surroundings, choices);
            List<PortMapping> mappings = [.. choices.SelectMany(choice => choice.Mappings)];
            while (mappings.Count > 0 && await host.HoldAsync(mappings, cancellationToken) is HostPortRefusal refusal)
            {
                ChooseAgain(owner, choices, refusal);
                mappings = [.. choices.SelectMany(choice => choice.Mappings)];
            }

            return mappings;
        }
        catch
        {
            TakeBack(owner, choices);
            throw;
        }
    }

    /// <summary>What a container that runs already has, from its record.</summary>
    public void Restore(string owner, IReadOnlyList<PublishedPort> ports)
    {
        lock (_lock)
        {
            foreach (PublishedPort port in ports)
            {
                if (port.IsPublished && AddressText.TryParse(port.HostAddress, out IPAddress? address))
                {
                    _table.Take(owner, port.Port.Protocol, address, port.HostPort);
                }
            }
        }
    }

    /// <summary>Others may have all that a container has. That the sockets are let go is the business of <see cref="IHostPorts"/>.</summary>
    public void Release(string owner)
    {
        lock (_lock)
        {
            _table.Release(owner);
        }
    }

    private void Choose(string owner, IReadOnlyList<PortWish> wishes, PortSurroundings surroundings, List<PortChoice> choices)
    {
        lock (_lock)
        {
            foreach (PortWish wish in wishes)
            {
                PortChoice choice = new(wish, surroundings.PlacesOf(wish));
                if (choice.Places.Count > 0)
                {
                    Give(owner, choice, wish.IsFixed ? PortWords.Allocated(choice.Places[0].Host, wish.First) : PortWords.NoneLeft());
                    choices.Add(choice);
                }
            }
        }
    }

    /// <exception cref="EngineException">There is nothing else to choose.</exception>
    private void ChooseAgain(string owner, List<PortChoice> choices, HostPortRefusal refusal)
    {
        PortChoice choice = choices.Find(c => c.Has(refusal.Port)) ?? throw PortWords.Refused(refusal);
        if (choice.Wish.IsFixed || refusal.Error != Linux.Errno.EADDRINUSE)
        {
            throw PortWords.Refused(refusal); // another port would not help an address that is not the host's
        }

        lock (_lock)
        {
            TakeBack(owner, choice);
            Give(owner, choice, choice.Wish.IsAny ? PortWords.NoneLeft() : PortWords.Refused(refusal));
        }
    }

    private void Give(string owner, PortChoice choice, EngineException otherwise)
    {
        PortProtocol protocol = choice.Wish.Port.Protocol;
        while (NextCandidate(choice) is ushort port)
        {
            if (choice.Places.All(place => _table.IsFree(protocol, place.Host, port)))
            {
                choice.Port = port;
                foreach ((IPAddress address, _) in choice.Places)
                {
                    _table.Take(owner, protocol, address, port);
                }

                return;
            }
        }

        throw otherwise;
    }

    private void TakeBack(string owner, List<PortChoice> choices)
    {
        lock (_lock)
        {
            choices.ForEach(choice => TakeBack(owner, choice));
        }
    }

    private void TakeBack(string owner, PortChoice choice)
    {
        foreach ((IPAddress address, _) in choice.Places)
        {
            _table.Release(owner, choice.Wish.Port.Protocol, address, choice.Port);
        }

        choice.Port = 0;
    }

    /// <returns>Null when every one was looked at.</returns>
    private ushort? NextCandidate(PortChoice choice)
    {
        if (!choice.Wish.IsAny)
        {
            int port = choice.Wish.First + choice.Looked++;
            return port <= choice.Wish.Last ? (ushort)port : null;
        }

        ref int next = ref _next[(int)choice.Wish.Port.Protocol];
        for (int count = ephemeral.Last - ephemeral.First + 1; choice.Looked < count;)
        {
            choice.Looked++;
            int port = next;
            next = port < ephemeral.Last ? port + 1 : ephemeral.First;
            if (!ephemeral.Reserved.Contains((ushort)port))
            {
                return (ushort)port;
            }
        }

        return null;
    }
}
