using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A port of the host that is to be nobody else's.</summary>
/// <param name="at">Address and port; IPv4 and IPv6 are held apart. Port 0: any that is free.</param>
/// <param name="target">
/// The container's address: what arrives at the held socket itself, because the kernel does not translate it (<c>[::1]</c>), is passed on
/// there, TCP and UDP. None: it is turned away.
/// </param>
public readonly struct PortHold(TransportProtocol protocol, InternetEndpoint at, InternetEndpoint target = default)
{
    public TransportProtocol Protocol { get; } = protocol;

    public InternetEndpoint At { get; } = at;

    public InternetEndpoint Target { get; } = target;

    internal PortHold On(ushort port)
    {
        Span<byte> address = stackalloc byte[InternetEndpoint.V6Length];
        return new PortHold(Protocol, InternetEndpoint.From(At.CopyTo(address), port), Target);
    }

    public bool IsSamePort(PortHold other) => Protocol == other.Protocol && At == other.At;

    internal void Encode(RecordWriter writer)
    {
        writer.Byte((byte)Protocol);
        EndpointCodec.Write(writer, At);
        EndpointCodec.Write(writer, Target);
    }

    /// <exception cref="InvalidDataException">Damaged, or of a protocol that is not known here.</exception>
    internal static PortHold Decode(ref RecordReader reader)
    {
        var protocol = (TransportProtocol)reader.Byte();
        if (protocol is not (TransportProtocol.Tcp or TransportProtocol.Udp or TransportProtocol.Sctp))
        {
            throw new InvalidDataException("a port of an unknown protocol");
        }

        InternetEndpoint at = EndpointCodec.Read(ref reader);
        return at.Length != 0
            ? new PortHold(protocol, at, EndpointCodec.Read(ref reader))
            : throw new InvalidDataException("a port without an address");
    }
}

/// <summary>u8 length of the address (0: none), the address, u16 port.</summary>
internal static class EndpointCodec
{
    public static void Write(RecordWriter writer, in InternetEndpoint endpoint)
    {
        Span<byte> address = stackalloc byte[InternetEndpoint.V6Length];
        writer.Byte((byte)endpoint.Length);
        foreach (byte b in endpoint.CopyTo(address))
        {
            writer.Byte(b);
        }

        writer.UInt16(endpoint.Port);
    }

    public static InternetEndpoint Read(ref RecordReader reader)
    {
        Span<byte> address = stackalloc byte[InternetEndpoint.V6Length];
        int length = reader.Byte();
        if (length is not (0 or InternetEndpoint.V4Length or InternetEndpoint.V6Length))
        {
            throw new InvalidDataException("an address of an unknown kind");
        }

        for (int i = 0; i < length; i++)
        {
            address[i] = reader.Byte();
        }

        ushort port = reader.UInt16();
        return length == 0 ? default : InternetEndpoint.From(address[..length], port);
    }
}
