using System.Buffers;

namespace Coracle.Delta;

/// <summary>The plain streams of a segment that is being made.</summary>
internal sealed class SegmentStreams
{
    private readonly ArrayBufferWriter<byte>[] _streams = [new(), new(), new(), new(), new(), new(), new(), new(), new(), new()];

    public ArrayBufferWriter<byte> this[DeltaStream stream] => _streams[(int)stream];

    public long Length
    {
        get
        {
            long length = 0;
            foreach (ArrayBufferWriter<byte> stream in _streams)
            {
                length += stream.WrittenCount;
            }

            return length;
        }
    }

    public void Clear()
    {
        foreach (ArrayBufferWriter<byte> stream in _streams)
        {
            stream.ResetWrittenCount();
        }
    }
}
