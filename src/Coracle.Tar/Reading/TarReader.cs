using System.Buffers;

namespace Coracle.Tar;

/// <summary>
/// Reads a tar once, front to back, and accounts for every byte of it: what is not the body of an entry is given out by
/// <see cref="RawBytes"/> and <see cref="ReadTrailer"/>, so that a caller that keeps those and the bodies has the exact tar.
/// </summary>
/// <remarks>
/// v7, ustar, star, GNU (long names and links, base-256, sparse) and PAX (sparse 0.0, 0.1 and 1.0 too). It reads as Go's archive/tar does, because a layer has to
/// unpack to the same files here as under Docker: global PAX headers are passed over, GNU long names win over PAX paths, links,
/// devices and directories have no body whatever their size says.
/// Memory: the window (128 KiB), the headers of one entry (at most <see cref="MaxHeaderBytes"/>) and the map of one sparse file
/// (<see cref="SparseMap.MaxRegions"/>).
/// Does not own the source.
/// </remarks>
public sealed partial class TarReader : IDisposable
{
    /// <summary>One PAX header or GNU long name. Go has the same limit; names are shorter than 4096 and xattrs than 64 KiB each.</summary>
    public const int MaxExtendedHeaderLength = 1024 * 1024;

    /// <summary>All header blocks in front of one entry, the padding before them included.</summary>
    public const int MaxHeaderBytes = 4 * 1024 * 1024;

    /// <summary>What may follow the end mark: writers fill up to their blocking factor, of which the largest seen is 1 MiB.</summary>
    public const long MaxTrailerLength = 64 * 1024 * 1024;

    private const int UnfilledHeader = -1;

    private readonly TarWindow _window;
    private readonly EntryHeaders _headers = new();
    private readonly ArrayBufferWriter<byte> _raw = new(4 * HeaderBlock.Length);
    private long _bodyLeft;
    private int _padding;
    private long _trailerSeen;

    public TarReader(Stream source) => _window = new TarWindow(source);

    /// <summary>Pieces of bodies are what the source gives at a time: for one that may be long in giving the next.</summary>
    public bool IsPrompt { get; init; }

    /// <summary>The entry that <see cref="MoveNext"/> found. The same object each time.</summary>
    public TarEntry Entry => _headers.Entry;

    /// <summary>
    /// The exact bytes between the end of the previous entry's body and the start of this one's: padding, extended headers,
    /// header, and a sparse file's map if it stands behind the header. After the last entry: padding and end mark. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> RawBytes => _raw.WrittenSpan;

    /// <summary>Of <see cref="RawBytes"/> what belongs to this entry: all but the padding in front. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> HeaderBytes => _raw.WrittenMemory[^(int)(BodyOffset - HeaderOffset)..];

    /// <summary>Where the first header block of this entry stands in the source (after the padding).</summary>
    public long HeaderOffset { get; private set; }

    /// <summary>Where this entry's body starts in the source.</summary>
    public long BodyOffset { get; private set; }

    /// <summary>Goes to the next entry; what is left of the present body is passed over.</summary>
    /// <returns>False at the end mark or at the end of the source; <see cref="ReadTrailer"/> gives what follows the mark.</returns>
    /// <exception cref="InvalidTarException">The headers are damaged, out of bounds, cut short, or of a kind we do not unpack.</exception>
    public bool MoveNext()
    {
        while (!ReadBody().IsEmpty)
        {
        }

        _raw.ResetWrittenCount();
        _headers.Clear();
        // A missing last padding is no error: Go and GNU tar accept it too.
        if (!TakeRaw(_padding))
        {
            _padding = 0;
            return false;
        }

        _padding = 0;
        HeaderOffset = _window.Offset;
        int length;
        while ((length = ReadHeader()) == UnfilledHeader)
        {
        }

        return length > 0;
    }

    /// <summary>The next piece of the body as the tar has it (a sparse file's without the holes), as large as the window allows; empty at its end. Valid until the next call.</summary>
    /// <exception cref="InvalidTarException">The source ended inside the body.</exception>
    public ReadOnlySpan<byte> ReadBody()
    {
        if (_bodyLeft == 0)
        {
            return [];
        }

        int wanted = (int)Math.Min(_bodyLeft, TarWindow.Length);
        int least = IsPrompt ? 1 : wanted;
        if (_window.Fill(least) < least)
        {
            throw Broken($"the tar ends {_bodyLeft - _window.Buffered.Length} bytes before the end of this file");
        }

        ReadOnlySpan<byte> piece = _window.Buffered[..Math.Min(wanted, _window.Buffered.Length)];
        _window.Consume(piece.Length);
        _bodyLeft -= piece.Length;
        return piece;
    }

    /// <summary>The same, copied, for whoever reads a body as a stream: at least one byte, 0 at its end.</summary>
    /// <exception cref="InvalidTarException">The source ended inside the body.</exception>
    public int ReadBody(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(_bodyLeft, buffer.Length);
        if (wanted == 0)
        {
            return 0;
        }

        if (_window.Fill(1) == 0)
        {
            throw Broken($"the tar ends {_bodyLeft} bytes before the end of this file");
        }

        int count = Math.Min(wanted, _window.Buffered.Length);
        _window.Buffered[..count].CopyTo(buffer);
        _window.Consume(count);
        _bodyLeft -= count;
        return count;
    }

    /// <summary>Whether these bytes could be the beginning of a tar: a header whose checksum is right, or an end mark.</summary>
    public static bool IsTar(ReadOnlySpan<byte> start)
    {
        if (start.Length < HeaderBlock.Length)
        {
            return false;
        }

        var block = new HeaderBlock(start[..HeaderBlock.Length]);
        return block.IsZero || block.ChecksumIsRight();
    }

    /// <summary>Begins anew where an entry's first header block is; the source has been moved there. No entry depends on one before it.</summary>
    /// <param name="offset">Of that block in the source, from which offsets are counted on.</param>
    public void Restart(long offset)
    {
        _window.Clear(offset);
        (_bodyLeft, _padding, _trailerSeen) = (0, 0, 0);
    }

    /// <summary>
    /// Says that the source leaves this entry's body out (a layer record's does): the next thing in it is the padding.
    /// </summary>
    public void BodyIsElsewhere() => _bodyLeft = 0;

    /// <summary>After the last entry: what follows the end mark, piece by piece, to the end of the source; then empty.</summary>
    /// <exception cref="InvalidTarException">More than <see cref="MaxTrailerLength"/> follows.</exception>
    public ReadOnlySpan<byte> ReadTrailer()
    {
        _window.Fill(1);
        ReadOnlySpan<byte> piece = _window.Buffered;
        _window.Consume(piece.Length);
        _trailerSeen += piece.Length;
        return _trailerSeen <= MaxTrailerLength ? piece : throw Broken($"more than {MaxTrailerLength} bytes follow the end of the archive");
    }

    public void Dispose() => _window.Dispose();

    /// <returns>0 at the end of the archive, <see cref="UnfilledHeader"/> after an extended header, 1 when the entry is complete.</returns>
    private int ReadHeader()
    {
        int start = _raw.WrittenCount;
        if (_window.Fill(1) == 0 && !_headers.IsStarted)
        {
            return 0;
        }

        if (!TakeRaw(HeaderBlock.Length))
        {
            throw Broken("the tar ends inside a header");
        }

        var block = new HeaderBlock(_raw.WrittenSpan[start..]);
        if (block.IsZero)
        {
            TakeEndMark();
            return 0;
        }

        if (!block.ChecksumIsRight())
        {
            throw Broken("header checksum is wrong");
        }

        return block.TypeFlag is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K' ? ReadExtendedHeader(block) : CompleteEntry(block);
    }

    private int ReadExtendedHeader(HeaderBlock block)
    {
        byte type = block.TypeFlag;
        if (!block.TrySize(out long size) || size is < 0 or > MaxExtendedHeaderLength)
        {
            throw Broken($"extended header of more than {MaxExtendedHeaderLength} bytes");
        }

        int start = _raw.WrittenCount;
        int padded = ((int)size + HeaderBlock.Length - 1) & ~(HeaderBlock.Length - 1);
        if (start + padded > MaxHeaderBytes)
        {
            throw Broken($"more than {MaxHeaderBytes} bytes of headers for one entry");
        }

        if (!TakeRaw(padded))
        {
            throw Broken("the tar ends inside an extended header");
        }

        _headers.Extend(type, start, (int)size);
        return UnfilledHeader;
    }

    private int CompleteEntry(HeaderBlock block)
    {
        Require(_headers.Complete(block, _raw.WrittenMemory));

        _padding = (int)(-Entry.Size & (HeaderBlock.Length - 1));
        ReadSparseMap();
        _bodyLeft = Entry.Size;
        BodyOffset = _window.Offset;
        return 1;
    }

    private void TakeEndMark()
    {
        if (_headers.IsStarted)
        {
            throw Broken("an extended header without its entry");
        }

        int start = _raw.WrittenCount;
        // One zero block and then nothing: old writers. One zero block and then something: not a tar (Go says the same).
        if (TakeRaw(HeaderBlock.Length) ? !new HeaderBlock(_raw.WrittenSpan[start..]).IsZero : _raw.WrittenCount > start)
        {
            throw Broken("data after a single zero block");
        }
    }

    /// <summary>Moves bytes of the source into <see cref="RawBytes"/>; at the end of the source as many as there are.</summary>
    private bool TakeRaw(int count)
    {
        while (count > 0)
        {
            int there = _window.Fill(Math.Min(count, HeaderBlock.Length));
            if (there == 0)
            {
                return false;
            }

            _raw.Write(_window.Buffered[..there]);
            _window.Consume(there);
            count -= there;
        }

        return true;
    }

    private InvalidTarException Broken(string problem) => new(problem, _window.Offset, Entry.Name.Span);
}
