using System.Buffers.Binary;

namespace Coracle.Runtime;

/// <summary>The 8 bytes before each payload on an attached connection without a tty: stream, three zeros, length big-endian.</summary>
internal static class MuxFrame
{
    public const int HeaderLength = 8;

    public static void WriteHeader(Span<byte> destination, OutputStream stream, int payloadLength)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, (byte)stream);
        BinaryPrimitives.WriteInt32BigEndian(destination[4..], payloadLength);
    }
}
