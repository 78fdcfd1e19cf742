using System.Net;

namespace Coracle.Networking;

/// <summary>What became of a wish for one address.</summary>
public enum AddressClaim
{
    Given,

    /// <summary>Somebody has it.</summary>
    InUse,

    /// <summary>Of another subnet.</summary>
    OutOfRange,
}

/// <summary>One subnet of a network, and which of its addresses are taken.</summary>
/// <remarks>
/// Not thread-safe: its network's lock guards it. The subnet's own address is never given, nor is the broadcast address of IPv4; a /31 of IPv4
/// has neither (RFC 3021), a /32 or /128 has its one address.
/// </remarks>
public sealed class AddressPool
{
    private readonly AddressBitmap _taken = new();
    private readonly UInt128 _span;
    private readonly long _reserved;

    /// <param name="range">Where addresses are given from that nobody named: a part of the subnet. Null is all of it.</param>
    public AddressPool(Subnet subnet, Subnet? range = null)
    {
        Subnet = subnet;
        Range = range is { } part && subnet.Contains(part) ? part : subnet;
        _span = Range.Last - Range.First;
        Reserve();
        _reserved = _taken.Count;
    }

    public Subnet Subnet { get; }

    public Subnet Range { get; }

    /// <summary>How many are given; the subnet's own two do not count.</summary>
    public long InUse => _taken.Count - _reserved;

    /// <summary>The lowest of the range that is free.</summary>
    /// <returns>Null when all are taken.</returns>
    public IPAddress? Take()
    {
        UInt128 start = Range.First - Subnet.First;
        if (!_taken.TryFindFree(start, start + _span, out UInt128 free))
        {
            return null;
        }

        _taken.Add(free);
        return AddressBits.ToAddress(Subnet.First + free, Subnet.IsIPv6);
    }

    /// <summary>That address and no other; it need not be of the range.</summary>
    public AddressClaim Claim(IPAddress address)
    {
        if (!Subnet.Contains(address))
        {
            return AddressClaim.OutOfRange;
        }

        return _taken.Add(Offset(address)) ? AddressClaim.Given : AddressClaim.InUse;
    }

    public bool IsTaken(IPAddress address) => Subnet.Contains(address) && _taken.Contains(Offset(address));

    /// <summary>An address that was given comes back. The subnet's own are never anybody's to give back.</summary>
    public void Release(IPAddress address)
    {
        if (Subnet.Contains(address) && !IsOwn(Offset(address)))
        {
            _taken.Remove(Offset(address));
        }
    }

    private UInt128 Offset(IPAddress address) => AddressBits.Of(address, out _) - Subnet.First;

    private bool IsOwn(UInt128 offset)
        => HasOwnAddresses && (offset == 0 || (!Subnet.IsIPv6 && offset == Subnet.Last - Subnet.First));

    // Of IPv6 the first is the routers' anycast address (RFC 4291 §2.6.1), and there is no broadcast.
    private bool HasOwnAddresses => Subnet.HostBits > (Subnet.IsIPv6 ? 0 : 1);

    private void Reserve()
    {
        if (HasOwnAddresses)
        {
            _taken.Add(0);
            if (!Subnet.IsIPv6)
            {
                _taken.Add(Subnet.Last - Subnet.First);
            }
        }
    }
}
