using System.Buffers;
using System.IO.Compression;

namespace Coracle.Delta;

/// <summary>About how long a segment will be when it is packed: by deflate, which is fast and a little worse than what is used in the end.</summary>
internal sealed class PackedEstimate : IDisposable
{
    private readonly Counter _counter = new();
    private readonly DeflateStream[] _streams = new DeflateStream[DeltaFormat.StreamCount];
    private readonly int[] _seen = new int[DeltaFormat.StreamCount];

    public PackedEstimate()
    {
        for (int i = 0; i < _streams.Length; i++)
        {
            _streams[i] = new DeflateStream(_counter, CompressionLevel.Fastest, leaveOpen: true);
        }
    }

    public long Length => _counter.Length;

    public void Update(SegmentStreams streams)
    {
        for (int i = 0; i < _streams.Length; i++)
        {
            ArrayBufferWriter<byte> stream = streams[(DeltaStream)i];
            _streams[i].Write(stream.WrittenSpan[_seen[i]..]);
            _seen[i] = stream.WrittenCount;
        }
    }

    public void Dispose()
    {
        foreach (DeflateStream stream in _streams)
        {
            stream.Dispose();
        }
    }

    private sealed class Counter : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
