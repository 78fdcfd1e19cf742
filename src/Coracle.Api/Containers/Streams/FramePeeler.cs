using System.Buffers.Binary;

namespace Coracle.Api;

/// <summary>Takes Docker's 8-byte frame headers off what is written and passes on the payloads: both streams as one.</summary>
internal sealed class FramePeeler(Stream destination) : WriteOnlyStream
{
    private const int HeaderLength = 8;

    private readonly byte[] _header = new byte[HeaderLength];

    private int _headed;

    private int _left;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (_left == 0)
            {
                int taken = Math.Min(HeaderLength - _headed, buffer.Length);
                buffer[..taken].CopyTo(_header.AsMemory(_headed));
                buffer = buffer[taken..];
                _headed += taken;
                if (_headed == HeaderLength)
                {
                    _headed = 0;
                    _left = BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(4));
                }

                continue;
            }

            int count = Math.Min(_left, buffer.Length);
            await destination.WriteAsync(buffer[..count], cancellationToken);
            buffer = buffer[count..];
            _left -= count;
        }
    }
}
