using System.Buffers;
using System.Text;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>Writes a tar to a client: headers and bodies through one bounded buffer, each write to the socket asynchronous.</summary>
internal sealed class ArchiveOutput(Stream client) : IDisposable
{
    /// <summary>One chunk on the wire.</summary>
    private const int BufferLength = 128 * 1024;

    /// <summary>Octal 0755 and 0644, as Docker has them.</summary>
    private const int DirectoryMode = 0x1ED, FileMode = 0x1A4;

    private readonly MemoryStream _pending = new(BufferLength);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength / 2);
    private TarWriter? _writer;

    private TarWriter Writer => _writer ??= new TarWriter(_pending);

    public void WriteDirectory(string name, DateTimeOffset time) => Writer.WriteHeader(Entry(name + "/", TarEntryType.Directory, DirectoryMode, 0, time));

    public async Task WriteFileAsync(string name, DateTimeOffset time, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Writer.WriteHeader(Entry(name, TarEntryType.File, FileMode, content.Length, time));
        Writer.Write(content.Span);
        await FlushAsync(cancellationToken);
    }

    /// <param name="body">Exactly this long. Read here, and blocking: call this on a thread that may wait for the disk.</param>
    public async Task WriteFileAsync(string name, DateTimeOffset time, Stream body, long length, CancellationToken cancellationToken)
    {
        Writer.WriteHeader(Entry(name, TarEntryType.File, FileMode, length, time));
        for (int read; (read = body.Read(_buffer)) > 0;)
        {
            Writer.Write(_buffer.AsSpan(0, read));
            if (_pending.Length >= BufferLength / 2)
            {
                await FlushAsync(cancellationToken);
            }
        }
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        Writer.Complete();
        await FlushAsync(cancellationToken);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _pending.Dispose();
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await client.WriteAsync(_pending.GetBuffer().AsMemory(0, (int)_pending.Length), cancellationToken);
        _pending.SetLength(0);
    }

    private static TarEntry Entry(string name, TarEntryType type, int mode, long size, DateTimeOffset time) => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        Type = type,
        Mode = mode,
        Size = size,
        ModifiedAt = new TarTime(time.ToUnixTimeSeconds(), 0),
    };
}
