using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// Docker's json-file log. Lines are gathered and written when the loop says <see cref="Flush"/>; a file is rotated before it
/// grows beyond its limit: <c>x-json.log</c> → <c>x-json.log.1</c> → <c>.2</c> …
/// </summary>
/// <remarks>
/// Whatever the disk does, nobody waits for it here and no half line stays in the file: what could not be written is cut off,
/// counted, and told by one line when writing works again. Nothing is synced: a log is not worth the flash's wear.
/// </remarks>
internal sealed class JsonLog : ILineSink, IDisposable
{
    /// <summary>Octal 0640, as dockerd's.</summary>
    private const int Mode = 0x1A0;

    /// <summary>One plain piece of 16 KiB and what is around it; grows up to six times that for one that needs escaping throughout.</summary>
    private const int FirstCapacity = LineSplitter.LongestPiece + 1024;

    /// <summary><c>{"log":"</c>, <c>\n</c>, <c>","stream":"stdout","time":"</c>, a time, <c>"}</c>, a newline, and room for the encoder's last step.</summary>
    private const int MostAround = 8 + 2 + 28 + Rfc3339Nano.LongestLength + 3 + JsonText.LongestUnit;

    private readonly DirectoryHandle _directory;
    private readonly string _name;
    private readonly long _mostBytes;
    private readonly int _files;
    private byte[] _buffer = [];
    private int _length;
    private int _lines;
    private Descriptor? _file;
    private long _size;
    private ulong _inode;
    private long _dropped;
    private Errno _why;

    /// <exception cref="LinuxException">The log's directory is not there.</exception>
    public JsonLog(LogSpec log)
    {
        int slash = log.Path.LastIndexOf('/');
        _directory = DirectoryHandle.Open(log.Path[..Math.Max(slash, 1)]);
        _name = log.Path[(slash + 1)..];
        _mostBytes = log.MaxBytes > 0 ? log.MaxBytes : long.MaxValue;
        _files = Math.Max(log.MaxFiles, 1);
        _ = TryOpen(); // an earlier run of the container may have filled it already
    }

    public void Line(OutputStream stream, ReadOnlySpan<byte> text, bool endsLine, long unixNanoseconds)
    {
        int encoded = MostAround + JsonText.Measure(text);
        if (_size + _length > 0 && _size + _length + encoded > _mostBytes)
        {
            Flush();
            Rotate();
        }

        MakeRoom(encoded);
        _length += EncodeLine(_buffer.AsSpan(_length), stream, text, endsLine, unixNanoseconds);
        _lines++;
    }

    /// <summary>Where the next line will be, everything gathered being in the file.</summary>
    public LogPosition End
    {
        get
        {
            Flush();
            return TryOpen() ? new LogPosition(_inode, _size) : default;
        }
    }

    /// <summary>Hands everything to the kernel, or drops and counts it.</summary>
    public void Flush()
    {
        if (_lines > 0)
        {
            bool ready = TryOpen() && (_dropped == 0 || TryNote());
            _dropped += _lines - (ready ? Write(_buffer.AsSpan(0, _length)) : 0);
            _length = 0;
            _lines = 0;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _directory.Dispose();
    }

    /// <returns>How many whole lines are in the file now.</returns>
    private int Write(ReadOnlySpan<byte> lines)
    {
        int done = 0;
        while (done < lines.Length)
        {
            IoCount wrote = _file!.Write(lines[done..]);
            if (wrote.Failed && wrote.Errno != Errno.EINTR)
            {
                _why = wrote.Errno;
                break;
            }

            done += wrote.Bytes;
        }

        // Text is escaped, so a newline byte is the end of a line and nothing else.
        int whole = done == lines.Length ? done : lines[..done].LastIndexOf((byte)'\n') + 1;
        if (whole < done)
        {
            _ = _file!.TryTruncate(_size + whole);
        }

        _size += whole;
        return lines[..whole].Count((byte)'\n');
    }

    /// <summary>Writing works again, perhaps: says what is missing here, so that nobody takes the log for complete.</summary>
    private bool TryNote()
    {
        byte[] text = Encoding.UTF8.GetBytes($"coracle: {_dropped} lines of output could not be logged: {ErrnoWords.Of(_why)}");
        byte[] line = new byte[MostAround + JsonText.Measure(text)];
        int length = EncodeLine(line, OutputStream.Stderr, text, endsLine: true, Clock.UnixNanoseconds());
        bool written = Write(line.AsSpan(0, length)) == 1;
        _dropped = written ? 0 : _dropped;
        return written;
    }

    private static int EncodeLine(Span<byte> destination, OutputStream stream, ReadOnlySpan<byte> text, bool endsLine, long unixNanoseconds)
    {
        int length = Put("{\"log\":\""u8, destination);
        _ = JsonText.Encode(text, destination[length..], out int written);
        length += written;
        length += Put(endsLine ? "\\n\",\"stream\":\"std"u8 : "\",\"stream\":\"std"u8, destination[length..]);
        length += Put(stream == OutputStream.Stdout ? "out\",\"time\":\""u8 : "err\",\"time\":\""u8, destination[length..]);
        length += Rfc3339Nano.Write(unixNanoseconds, destination[length..]);
        return length + Put("\"}\n"u8, destination[length..]);
    }

    private static int Put(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        bytes.CopyTo(destination);
        return bytes.Length;
    }

    private bool TryOpen()
    {
        if (_file is not null)
        {
            return true;
        }

        try
        {
            SafeFileHandle file = _directory.OpenAppend(_name, Mode);
            FileStatus status = OpenFile.Status(file);
            _size = status.Size;
            _inode = status.Inode;
            _file = Descriptor.Adopt(file);
            return true;
        }
        catch (LinuxException failure)
        {
            _why = failure.Errno;
            return false;
        }
    }

    private void Rotate()
    {
        _file?.Dispose();
        _file = null;
        _size = 0;
        try
        {
            for (int i = _files - 1; i > 1; i--)
            {
                RenameIfPresent($"{_name}.{i - 1}", $"{_name}.{i}");
            }

            if (_files > 1)
            {
                RenameIfPresent(_name, _name + ".1");
            }
            else
            {
                _directory.OpenTruncated(_name, Mode).Dispose();
            }
        }
        catch (LinuxException failure)
        {
            // The old file is written on, beyond its limit: better than losing lines. The next line tries again.
            _why = failure.Errno;
        }
    }

    private void RenameIfPresent(string from, string to)
    {
        if (_directory.Exists(from))
        {
            _directory.Rename(from, to);
        }
    }

    private void MakeRoom(int bytes)
    {
        if (_buffer.Length - _length >= bytes)
        {
            return;
        }

        Flush();
        if (_buffer.Length < bytes)
        {
            _buffer = new byte[Math.Max(bytes, FirstCapacity)];
        }
    }
}
