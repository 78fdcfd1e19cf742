using System.Buffers.Binary;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>
/// The server's side of a WebSocket (RFC 6455) as plain bytes: reading gives the payloads of the client's data frames, each write
/// is one frame. Pings are answered while somebody reads; a close, or what breaks the protocol, is the end of reading.
/// </summary>
/// <remarks>One reader; writes may come from anywhere. Holds no frame: a payload of any length passes through the caller's buffer.</remarks>
internal sealed class WebSocketStream(HijackedStream client, bool isBinary) : WriteOnlyStream
{
    private const byte Final = 0x80;

    private const byte Masked = 0x80;

    private const int LongestControl = 125;

    private const int MaskLength = 4;

    /// <summary>Close codes of section 7.4.1.</summary>
    private const ushort NormalClosure = 1000, ProtocolError = 1002;

    private readonly SemaphoreSlim _writing = new(1);

    private readonly byte[] _header = new byte[MaskLength + sizeof(ulong)];

    private readonly byte[] _mask = new byte[MaskLength];

    private long _left;

    private int _maskAt;

    private bool _insideMessage;

    private bool _ended;

    private bool _closeSent;

    public override bool CanRead => true;

    /// <returns>0 when the client has closed, has gone, or has broken the protocol.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_left == 0)
        {
            if (_ended || !await NextFrameAsync(cancellationToken))
            {
                _ended = true;
                return 0;
            }
        }

        int count = await client.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        Unmask(buffer.Span[..count]);
        _left -= count;
        _ended |= count == 0;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => SendAsync(isBinary ? Opcode.Binary : Opcode.Text, buffer, cancellationToken);

    /// <summary>Tells the client that no more will come; once.</summary>
    public ValueTask CloseAsync(CancellationToken cancellationToken) => CloseAsync(NormalClosure, cancellationToken);

    /// <summary>Takes frame heads, and whole control frames, until a data frame's payload begins.</summary>
    /// <returns>False at the end.</returns>
    private async ValueTask<bool> NextFrameAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(_header.AsMemory(0, 2), cancellationToken))
        {
            return false;
        }

        Opcode opcode = (Opcode)(_header[0] & 0x0f);
        bool isFinal = (_header[0] & Final) != 0, isControl = opcode >= Opcode.Close;
        bool hasReservedBits = (_header[0] & 0x70) != 0, isMasked = (_header[1] & Masked) != 0;
        long length = await LengthAsync(_header[1] & 0x7f, cancellationToken);
        bool fits = opcode switch
        {
            Opcode.Continuation => _insideMessage,
            Opcode.Text or Opcode.Binary => !_insideMessage,
            Opcode.Close or Opcode.Ping or Opcode.Pong => isFinal && length <= LongestControl,
            _ => false,
        };
        if (!fits || length < 0 || !isMasked || hasReservedBits || !await FillAsync(_mask, cancellationToken))
        {
            await CloseAsync(ProtocolError, cancellationToken);
            return false;
        }

        _maskAt = 0;
        if (isControl)
        {
            return await TakeControlAsync(opcode, (int)length, cancellationToken);
        }

        _insideMessage = !isFinal;
        _left = length;
        return true;
    }

    private async ValueTask<bool> TakeControlAsync(Opcode opcode, int length, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[length];
        if (!await FillAsync(payload, cancellationToken))
        {
            return false;
        }

        Unmask(payload);
        switch (opcode)
        {
            case Opcode.Ping:
                await SendAsync(Opcode.Pong, payload, cancellationToken);
                return true;
            case Opcode.Pong:
                return true;
            default:
                await CloseAsync(length >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(payload) : NormalClosure, cancellationToken);
                return false;
        }
    }

    /// <returns>Below 0 for a length that is none.</returns>
    private async ValueTask<long> LengthAsync(int first, CancellationToken cancellationToken)
    {
        int more = first switch { 126 => sizeof(ushort), 127 => sizeof(ulong), _ => 0 };
        Memory<byte> rest = _header.AsMemory(MaskLength, more);
        return more == 0 ? first
            : !await FillAsync(rest, cancellationToken) ? -1
            : more == sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(rest.Span) : BinaryPrimitives.ReadInt64BigEndian(rest.Span);
    }

    private async ValueTask<bool> FillAsync(Memory<byte> wanted, CancellationToken cancellationToken)
    {
        while (!wanted.IsEmpty)
        {
            int count = await client.ReadAsync(wanted, cancellationToken);
            if (count == 0)
            {
                return false;
            }

            wanted = wanted[count..];
        }

        return true;
    }

    private void Unmask(Span<byte> payload)
    {
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] ^= _mask[_maskAt];
            _maskAt = (_maskAt + 1) % MaskLength; // a frame may be longer than an int counts
        }
    }

    private async ValueTask CloseAsync(ushort code, CancellationToken cancellationToken)
    {
        if (!_closeSent)
        {
            _closeSent = true;
            byte[] payload = new byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16BigEndian(payload, code);
            await SendAsync(Opcode.Close, payload, cancellationToken);
        }
    }

    private async ValueTask SendAsync(Opcode opcode, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        byte[] head = Head(opcode, payload.Length);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await client.WriteAsync(head, cancellationToken);
            await client.WriteAsync(payload, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>A server's frames are whole messages and have no mask.</summary>
    private static byte[] Head(Opcode opcode, int length)
    {
        byte first = (byte)(Final | (byte)opcode);
        return length <= LongestControl ? [first, (byte)length]
            : length <= ushort.MaxValue ? [first, 126, (byte)(length >> 8), (byte)length]
            : [first, 127, 0, 0, 0, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writing.Dispose();
        }

        base.Dispose(disposing);
    }

    private enum Opcode : byte
    {
        Continuation = 0,
        Text = 1,
        Binary = 2,
        Close = 8,
        Ping = 9,
        Pong = 10,
    }
}
