using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// Reads one container's json-file log, across rotations, once or until the container ends. Holds one read buffer and one
/// output buffer, whatever the log's size; following costs nothing while nothing is written.
/// </summary>
internal sealed class LogReader(LogFiles files, LogQuery query, Stream destination) : IDisposable
{
    /// <summary>A line is at most 16 KiB of text, six bytes each when all of it is escaped; a longer one is damage.</summary>
    private const int LongestLine = 256 * 1024;

    private const int ReadLength = 32 * 1024;

    private readonly LogLine _line = new();

    private readonly LogOutput _output = new(query, destination);

    private byte[] _buffer = new byte[ReadLength];

    private int _held;

    private LogFile? _current;

    private long _offset;

    private bool _over;

    /// <summary>Sends what is there now.</summary>
    /// <returns>False when nothing can follow: the time asked for is over.</returns>
    public async Task<bool> ReadAvailableAsync(CancellationToken cancellationToken)
    {
        bool first = _current is null;
        if (!first)
        {
            await ReadToEndAsync(cancellationToken);
        }

        List<LogFile> newer = files.OpenNewerThan(_current?.Inode ?? 0);
        _over |= query.End is LogPosition end && !newer.Exists(file => file.Inode == end.Inode); // all of it has been rotated away
        long start = first && query.Tail is long tail ? LogTail.Cut(newer, tail) : 0;
        if (newer.Count > 0 && !first)
        {
            await ReadToEndAsync(cancellationToken); // its last lines may have come between the reading and the rotation
        }

        foreach (LogFile file in newer)
        {
            Take(file, start);
            start = 0;
            await ReadToEndAsync(cancellationToken);
        }

        await _output.FlushAsync(cancellationToken);
        return !_over;
    }

    /// <summary>Sends what comes until the container has ended.</summary>
    /// <param name="ended">Completes when nothing more will be written.</param>
    public async Task FollowAsync(ChangeWatch changes, Task ended, CancellationToken cancellationToken)
    {
        _ = ended.ContinueWith(_ => changes.Poke(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (true)
        {
            bool last = ended.IsCompleted; // asked before reading: what was written before the end is read
            if (!await ReadAvailableAsync(cancellationToken) || last)
            {
                return;
            }

            await changes.NextAsync(cancellationToken);
        }
    }

    private void Take(LogFile file, long start)
    {
        _current?.Dispose();
        _current = file;
        _offset = start;
        _held = 0;
    }

    private async ValueTask ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (!_over)
        {
            Span<byte> room = _buffer.AsSpan(_held);
            bool isLast = query.End is LogPosition end && end.Inode == _current!.Inode;
            int read = RandomAccess.Read(_current!.Handle, isLast ? room[..(int)Math.Min(room.Length, query.End!.Value.Offset - _offset)] : room, _offset);
            if (read == 0)
            {
                _over = isLast;
                return;
            }

            _offset += read;
            _held += read;
            await TakeLinesAsync(cancellationToken);
        }
    }

    private async ValueTask TakeLinesAsync(CancellationToken cancellationToken)
    {
        int start = 0;
        while (!_over && _buffer.AsSpan(start, _held - start).IndexOf((byte)'\n') is int length and >= 0)
        {
            if (_line.TryDecode(_buffer.AsSpan(start, length)))
            {
                _over = !_output.Add(_line);
            }

            start += length + 1;
            if (_output.IsFull)
            {
                await _output.FlushAsync(cancellationToken);
            }
        }

        _buffer.AsSpan(start, _held - start).CopyTo(_buffer);
        _held -= start;
        if (_held == _buffer.Length)
        {
            GrowOrDrop();
        }
    }

    private void GrowOrDrop()
    {
        if (_buffer.Length < LongestLine)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        else
        {
            _held = 0; // no line is that long: what follows its end is read again as lines
        }
    }

    public void Dispose() => _current?.Dispose();
}
