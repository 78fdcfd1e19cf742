using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>A file in staging/ that nobody commits: written, read back, removed when disposed. Not thread-safe; every call blocks.</summary>
public sealed class ScratchStream : Stream
{
    private const string Name = "scratch";

    /// <summary>Between two looks at the room that is left.</summary>
    private const int RoomStep = 1024 * 1024;

    private readonly StagedDirectory _staged;
    private readonly LayerStore _layers;
    private readonly SafeFileHandle _file;
    private long _length;
    private long _roomSeenAt;

    internal ScratchStream(StagedDirectory staged, LayerStore layers)
    {
        (_staged, _layers) = (staged, layers);
        try
        {
            _file = staged.Handle.OpenReadWrite(Name);
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int read = FileBytes.Read(_file, buffer, Position);
        Position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="LinuxException">ENOSPC: the disk is full, but for its reserve.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Position >= _roomSeenAt)
        {
            RequireRoom();
        }

        FileBytes.Write(_file, buffer, Position);
        Position += buffer.Length;
        _length = Math.Max(_length, Position);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => _length + offset,
    };

    public override void SetLength(long value)
    {
        FileBytes.SetLength(_file, value);
        _length = value;
    }

    /// <summary>Nothing is buffered here, and nothing has to survive.</summary>
    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _staged.Dispose();
        }

        base.Dispose(disposing);
    }

    private void RequireRoom()
    {
        _roomSeenAt = Position + RoomStep;
        if (_layers.FreeBytes() == 0)
        {
            throw new LinuxException("write", "a scratch file in staging", Errno.ENOSPC);
        }
    }
}
