using System.Net;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>One <c>--add-host</c>.</summary>
/// <param name="Address">An address, or <see cref="Gateway"/>.</param>
internal sealed record ExtraHost(string Name, string Address)
{
    /// <summary>The host, as it is seen from the container.</summary>
    public const string Gateway = "host-gateway";

    public bool IsGateway => Address == Gateway;

    /// <exception cref="EngineException">Not <c>name:address</c>.</exception>
    public static IReadOnlyList<ExtraHost> Parse(HostConfig host) => [.. (host.ExtraHosts ?? []).Select(Parse)];

    /// <param name="gateways">What <see cref="Gateway"/> stands for: one address of a family at most.</param>
    /// <exception cref="EngineException">It stands for nothing.</exception>
    public IEnumerable<HostsEntry> Entries(IReadOnlyList<IPAddress> gateways)
        => !IsGateway ? [new HostsEntry(Address, Name)]
            : gateways.Count > 0 ? gateways.Select(gateway => new HostsEntry(gateway.ToString(), Name))
            : throw new EngineException(Refusal.InvalidArgument, "unable to derive the IP value for host-gateway");

    private static ExtraHost Parse(string entry)
    {
        int colon = entry.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            throw new EngineException(Refusal.InvalidArgument, $"bad format for add-host: \"{entry}\"");
        }

        string address = entry[(colon + 1)..];
        string bare = address is ['[', .. string inner, ']'] ? inner : address;
        return address == Gateway ? new ExtraHost(entry[..colon], Gateway)
            : AddressText.TryParse(bare, out IPAddress? parsed) ? new ExtraHost(entry[..colon], parsed.ToString())
            : throw new EngineException(Refusal.InvalidArgument, $"invalid IP address in add-host: \"{address}\"");
    }
}
