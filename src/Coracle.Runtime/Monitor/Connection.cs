using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>One client of a monitor: first it greets, then it asks, or becomes an attached stream.</summary>
internal sealed class Connection(Descriptor socket) : IDisposable
{
    private readonly byte[] _inbox = new byte[MonitorProtocol.HeaderLength + MonitorProtocol.MostRequestBytes];
    private int _filled;
    private bool _greeted;

    public Descriptor Socket { get; } = socket;

    public bool IsClosed => Socket.IsClosed;

    /// <summary>None while it is a connection for requests.</summary>
    public AttachedStreams Attached { get; set; }

    public bool IsAttached { get; set; }

    /// <summary>Its half-close was seen.</summary>
    public bool InputEnded { get; set; }

    /// <summary>How much of the chunk in flight it has taken; meaningful while <see cref="IsBehind"/>.</summary>
    public int Taken { get; set; }

    /// <summary>It has not taken the whole chunk in flight yet.</summary>
    public bool IsBehind { get; set; }

    /// <summary>Not watched this time round.</summary>
    public const int NoSlot = -1;

    /// <summary>In the poll set of this time round.</summary>
    public int Slot { get; set; } = NoSlot;

    /// <summary>The sequence number of its <see cref="MonitorOperation.Wait"/>, or null.</summary>
    public uint? Waiting { get; set; }

    public bool Wants(OutputStream stream)
        => IsAttached && (Attached & (stream == OutputStream.Stdout ? AttachedStreams.Stdout : AttachedStreams.Stderr)) != 0;

    public bool WantsInput => IsAttached && !InputEnded && (Attached & AttachedStreams.Stdin) != 0;

    /// <summary>Reads what has come; closes itself when the peer is gone or does not speak our language.</summary>
    public void Receive()
    {
        IoCount read = Socket.Read(_inbox.AsSpan(_filled));
        if (read.WouldBlock)
        {
            return;
        }

        if (read.Bytes == 0)
        {
            Dispose();
            return;
        }

        _filled += read.Bytes;
        if (!_greeted && _filled >= MonitorProtocol.HelloLength)
        {
            Greet();
        }
    }

    /// <summary>From an attached client whose input nobody wants.</summary>
    public void DiscardInput()
    {
        IoCount read = Socket.Read(_inbox);
        InputEnded = !read.WouldBlock && read.Bytes == 0;
    }

    /// <summary>Takes the next whole request out of the inbox.</summary>
    /// <param name="payload">Valid until <see cref="Done"/>.</param>
    public bool TryNext(out MonitorOperation operation, out uint sequence, out ReadOnlySpan<byte> payload)
    {
        operation = default;
        sequence = 0;
        payload = default;
        if (IsClosed || !_greeted || _filled < MonitorProtocol.HeaderLength)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_inbox);
        if (length > MonitorProtocol.MostRequestBytes)
        {
            Dispose();
            return false;
        }

        operation = (MonitorOperation)BinaryPrimitives.ReadUInt16LittleEndian(_inbox.AsSpan(4));
        sequence = BinaryPrimitives.ReadUInt32LittleEndian(_inbox.AsSpan(8));
        payload = _inbox.AsSpan(MonitorProtocol.HeaderLength, Math.Min((int)length, _filled - MonitorProtocol.HeaderLength));
        return payload.Length == (int)length;
    }

    /// <summary>The request that <see cref="TryNext"/> gave has been dealt with.</summary>
    public void Done(int payloadLength) => Forget(MonitorProtocol.HeaderLength + payloadLength);

    public void Answer(MonitorOperation operation, MonitorAnswer status, uint sequence, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[MonitorProtocol.HeaderLength];
        BinaryPrimitives.WriteInt32LittleEndian(header, payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)operation);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)status);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
        if (IsClosed || Socket.Send(header, payload).Bytes != header.Length + payload.Length)
        {
            // An engine that lets hundreds of answers pile up unread is not one to wait for.
            Dispose();
        }
    }

    public void Dispose() => Socket.Dispose();

    private void Greet()
    {
        int lowest = BinaryPrimitives.ReadUInt16LittleEndian(_inbox.AsSpan(4));
        int highest = BinaryPrimitives.ReadUInt16LittleEndian(_inbox.AsSpan(6));
        int common = Math.Min(highest, MonitorProtocol.HighestVersion);
        bool understood = BinaryPrimitives.ReadInt32LittleEndian(_inbox) == MonitorProtocol.Magic
            && common >= lowest && common >= MonitorProtocol.LowestVersion;
        Span<byte> hello = stackalloc byte[MonitorProtocol.HelloLength];
        BinaryPrimitives.WriteInt32LittleEndian(hello, MonitorProtocol.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(hello[4..], understood ? (ushort)common : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(hello[6..], MonitorProtocol.HighestVersion);
        if (Socket.Send(hello, []).Bytes != hello.Length || !understood)
        {
            Dispose();
            return;
        }

        _greeted = true;
        Forget(MonitorProtocol.HelloLength);
    }

    private void Forget(int bytes)
    {
        _inbox.AsSpan(bytes, _filled - bytes).CopyTo(_inbox);
        _filled -= bytes;
    }
}
