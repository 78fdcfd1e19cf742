using System.Buffers;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Coracle.Storage;

/// <summary>The compressed half of a record, as it is being written: bytes go in, whole zstd frames go to the file.</summary>
/// <remarks>Memory: one frame, its compressed form, and zstd's tables for a window of that size (under 1 MiB together).</remarks>
internal sealed class FrameWriter : IDisposable
{
    /// <summary>Headers shrink twentyfold at 3; higher levels gain a few percent and cost several times the CPU.</summary>
    private const int Level = 3;

    private readonly SafeFileHandle _file;
    private readonly Compressor _compressor = new(Level);
    private readonly byte[] _content = ArrayPool<byte>.Shared.Rent(RecordFormat.FrameLength);
    private readonly byte[] _frame = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(RecordFormat.FrameLength));
    private int _filled;
    private bool _disposed;

    /// <param name="file">The record; not owned.</param>
    public FrameWriter(SafeFileHandle file) => _file = file;

    public FrameTable Table { get; } = new();

    /// <summary>Bytes written so far.</summary>
    public long Position { get; private set; }

    /// <exception cref="RecordTooLargeException">The compressed bytes would exceed <see cref="RecordFormat.MaxFramesLength"/>, or the frames their number.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Position += bytes.Length;
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, RecordFormat.FrameLength - _filled);
            bytes[..count].CopyTo(_content.AsSpan(_filled));
            _filled += count;
            bytes = bytes[count..];
            if (_filled == RecordFormat.FrameLength)
            {
                Flush();
            }
        }
    }

    /// <summary>Ends the present frame, so that everything written can be read back.</summary>
    public void Flush()
    {
        if (_filled == 0)
        {
            return;
        }

        int length = _compressor.Wrap(_content.AsSpan(0, _filled), _frame);
        if (Table.End.FileAt + length > RecordFormat.HeaderLength + RecordFormat.MaxFramesLength || Table.Count == RecordFormat.MaxFrames)
        {
            throw new RecordTooLargeException();
        }

        FileBytes.Write(_file, _frame.AsSpan(0, length), Table.End.FileAt);
        Table.Add(_filled, length);
        _filled = 0;
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _compressor.Dispose();
            ArrayPool<byte>.Shared.Return(_content);
            ArrayPool<byte>.Shared.Return(_frame);
        }
    }
}
