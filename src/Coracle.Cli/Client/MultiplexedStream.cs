using System.Buffers.Binary;

namespace Coracle.Cli;

/// <summary>Docker's frames: stream number, three zeros, length, payload.</summary>
internal static class MultiplexedStream
{
    private const int HeaderBytes = 8;
    private const int StandardError = 2;

    /// <summary>One frame is at most this in memory; longer ones go through it in pieces.</summary>
    private const int BufferBytes = 32 * 1024;

    /// <summary>Copies each frame to its stream until the other end has said all.</summary>
    public static async Task CopyAsync(Stream source, Stream output, Stream errors, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        while (await source.ReadAtLeastAsync(buffer.AsMemory(0, HeaderBytes), HeaderBytes, throwOnEndOfStream: false, cancellationToken) == HeaderBytes)
        {
            Stream target = buffer[0] == StandardError ? errors : output;
            uint left = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(4));
            while (left > 0)
            {
                int count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, BufferBytes)), cancellationToken);
                if (count == 0)
                {
                    return; // cut inside a frame: what came is out
                }

                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                left -= (uint)count;
            }
        }
    }
}
