using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>An IPv4 or IPv6 address and a port, as a plain value: what <c>IPEndPoint</c> is elsewhere is too much for the lean program.</summary>
public readonly struct InternetEndpoint : IEquatable<InternetEndpoint>
{
    public const int V4Length = 4;
    public const int V6Length = 16;

    private const int MostText = 64;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly uint _scope;
    private readonly byte _length;

    private InternetEndpoint(ReadOnlySpan<byte> address, ushort port, uint scope)
    {
        Span<byte> both = stackalloc byte[V6Length];
        both.Clear();
        address.CopyTo(both);
        _first = MemoryMarshal.Read<ulong>(both);
        _second = MemoryMarshal.Read<ulong>(both[sizeof(ulong)..]);
        _scope = scope;
        _length = (byte)address.Length;
        Port = port;
    }

    public ushort Port { get; }

    /// <summary>Of the address: 4, 16, or 0 for none.</summary>
    public int Length => _length;

    public bool IsV6 => _length == V6Length;

    /// <param name="address">Four or sixteen bytes.</param>
    public static InternetEndpoint From(ReadOnlySpan<byte> address, ushort port)
    {
        if (address.Length is not (V4Length or V6Length))
        {
            throw new ArgumentOutOfRangeException(nameof(address));
        }

        return new InternetEndpoint(address, port, 0);
    }

    /// <param name="text">As in resolv.conf; of an IPv6 address with its interface after a percent sign.</param>
    public static unsafe bool TryParse(ReadOnlySpan<byte> text, ushort port, out InternetEndpoint endpoint)
    {
        endpoint = default;
        if (text.Length is 0 or >= MostText)
        {
            return false;
        }

        byte* buffer = stackalloc byte[MostText];
        byte* address = stackalloc byte[V6Length];
        var copy = new Span<byte>(buffer, MostText);
        copy.Clear();
        text.CopyTo(copy);
        uint scope = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (buffer[i] == '%')
            {
                buffer[i] = 0;
                scope = LibC.if_nametoindex(buffer + i + 1);
            }
        }

        int length = LibC.inet_pton(Abi.AF_INET, buffer, address) == 1 ? V4Length : LibC.inet_pton(Abi.AF_INET6, buffer, address) == 1 ? V6Length : 0;
        endpoint = length == 0 ? default : new InternetEndpoint(new ReadOnlySpan<byte>(address, length), port, scope);
        return length != 0;
    }

    /// <param name="address">Sixteen bytes.</param>
    /// <returns>Those of them that are the address.</returns>
    public ReadOnlySpan<byte> CopyTo(Span<byte> address)
    {
        MemoryMarshal.Write(address, _first);
        MemoryMarshal.Write(address[sizeof(ulong)..], _second);
        return address[.._length];
    }

    public bool Equals(InternetEndpoint other)
        => _first == other._first && _second == other._second && _scope == other._scope && _length == other._length && Port == other.Port;

    public override bool Equals(object? obj) => obj is InternetEndpoint other && Equals(other);

    public override int GetHashCode() => (int)(_first ^ (_first >> 32) ^ _second ^ (_second >> 32)) ^ Port;

    public static bool operator ==(InternetEndpoint left, InternetEndpoint right) => left.Equals(right);

    public static bool operator !=(InternetEndpoint left, InternetEndpoint right) => !left.Equals(right);

    internal int Family => IsV6 ? Abi.AF_INET6 : Abi.AF_INET;

    internal static unsafe InternetEndpoint Read(sockaddr_in6* from) => from->sin6_family switch
    {
        Abi.AF_INET => new InternetEndpoint(
            new ReadOnlySpan<byte>(&((sockaddr_in*)from)->sin_addr, V4Length), BinaryPrimitives.ReverseEndianness(from->sin6_port), 0),
        Abi.AF_INET6 => new InternetEndpoint(
            new ReadOnlySpan<byte>(from->sin6_addr, V6Length), BinaryPrimitives.ReverseEndianness(from->sin6_port), from->sin6_scope_id),
        _ => default,
    };

    /// <returns>The length of what was written.</returns>
    internal unsafe uint Write(sockaddr_in6* to)
    {
        *to = default;
        to->sin6_family = (ushort)Family;
        to->sin6_port = BinaryPrimitives.ReverseEndianness(Port); // little-endian ports only
        Span<byte> address = stackalloc byte[V6Length];
        if (!IsV6)
        {
            CopyTo(address).CopyTo(new Span<byte>(&((sockaddr_in*)to)->sin_addr, V4Length));
            return (uint)sizeof(sockaddr_in);
        }

        CopyTo(address).CopyTo(new Span<byte>(to->sin6_addr, V6Length));
        to->sin6_scope_id = _scope;
        return (uint)sizeof(sockaddr_in6);
    }
}
