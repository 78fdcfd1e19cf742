using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>An open regular file as a stream with a place of its own; no buffer, every call is one pread or pwrite.</summary>
/// <param name="file">Closed with the stream unless <paramref name="leaveOpen"/>.</param>
/// <remarks>FileStream is banned beside it: it opens by path. The asynchronous calls block, as disk does in this house.</remarks>
public sealed class FileHandleStream(SafeFileHandle file, bool writable = false, bool leaveOpen = false) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => writable;

    public override long Length => RandomAccess.GetLength(file);

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int read = RandomAccess.Read(file, buffer, Position);
        Position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RandomAccess.Write(file, buffer, Position);
        Position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void SetLength(long value) => RandomAccess.SetLength(file, value);

    /// <summary>Nothing is buffered here; durability is <see cref="OpenFile.Sync"/>'s.</summary>
    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
