using System.IO.Hashing;
using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>
/// Applies a delta: what it reads is the target's tar, exactly. Only the tar's SHA-256, the target's diffID, says that it is right, and
/// whoever takes the tar checks that; damage is mostly found earlier, with the place where it is.
/// </summary>
/// <remarks>
/// Memory: one packed segment, the dictionaries, the headers of a few entries; below 6 MiB whatever the layer. Owns the layers that it
/// opens, not the stream. Blocks; not thread-safe.
/// </remarks>
public sealed class DeltaDecoder : IDisposable
{
    private readonly SegmentReader _segment;
    private readonly BaseEntries _bases;
    private readonly HeaderReader _headers;
    private readonly BodyReader _body;
    private readonly HeaderView _reference = new();
    private readonly WholeBodies _whole = new();
    private readonly XxHash128 _hash = new();
    private ReadOnlyMemory<byte> _headersLeft;
    private EntryReference _last;
    private int _direction;
    private long _runLeft;
    private long _segmentLeft;
    private long _rawLeft;
    private long _zerosLeft;
    private long _bodyLength;
    private bool _isPadded;
    private bool _isAtEnd;

    /// <summary>Reads the header.</summary>
    /// <param name="delta">From its first byte on; read once, forwards.</param>
    /// <param name="open">Gives a base layer, or null where it is not here. Called at most once for each, when it is first needed.</param>
    /// <inheritdoc cref="DeltaHeader.Read" path="/exception"/>
    public DeltaDecoder(Stream delta, Func<DiffId, ILayerSource?> open)
        : this(DeltaHeader.Read(delta), delta, open, null, ownsLayers: true)
    {
    }

    /// <summary>Goes on at a restart point of a decoder that was stopped.</summary>
    /// <param name="header">Of the same delta.</param>
    /// <param name="rest">The delta from the restart point's packed offset on.</param>
    /// <inheritdoc cref="DeltaDecoder(Stream, Func{DiffId, ILayerSource?})" path="/param"/>
    public DeltaDecoder(DeltaHeader header, RestartPoint restart, Stream rest, Func<DiffId, ILayerSource?> open)
        : this(header, rest, open, restart, ownsLayers: true)
    {
    }

    private DeltaDecoder(DeltaHeader header, Stream rest, Func<DiffId, ILayerSource?> open, RestartPoint? restart, bool ownsLayers)
    {
        Header = header;
        RestartPoint start = restart ?? new RestartPoint(header.Bytes.Length, 0, 0);
        _segment = new SegmentReader(rest, header, start);
        _bases = new BaseEntries(header, open, ownsLayers);
        _headers = new HeaderReader(_segment);
        _body = new BodyReader(_segment, header, _bases);
        TarOffset = start.TarOffset;
    }

    /// <summary>The same, with layers that are the caller's.</summary>
    internal static DeltaDecoder Borrowing(DeltaHeader header, RestartPoint restart, Stream rest, Func<DiffId, ILayerSource?> open)
        => new(header, rest, open, restart, ownsLayers: false);

    public DeltaHeader Header { get; }

    /// <summary>Bytes of the tar before what <see cref="Read"/> gives next.</summary>
    public long TarOffset { get; private set; }

    /// <summary>
    /// Where the present segment begins, or, once all it gives has been given and is right, the next one: with <see cref="Header"/>, decoding can
    /// go on there. The end mark's place when all is read.
    /// </summary>
    public RestartPoint Restart => _segmentLeft == 0 ? _segment.Next : _segment.Place;

    /// <summary>The next bytes of the tar. A call ends where a segment does: what is there need not wait for the next megabyte of the delta.</summary>
    /// <returns>At least one; 0 at the tar's end, when the end of the delta has been seen too.</returns>
    /// <exception cref="DeltaFormatException">The delta is damaged.</exception>
    /// <exception cref="DeltaVersionException">It has operations that this engine does not know.</exception>
    /// <exception cref="DeltaBaseException">A base is missing or damaged.</exception>
    public int Read(Span<byte> tar)
    {
        int count = 0;
        while (count < tar.Length && !_isAtEnd)
        {
            count += Make(tar[count..]);
            if (_segmentLeft == 0 && count > 0)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Whether the body that begins there in the tar is the whole body of a base's entry, so that its file can be shared.</summary>
    /// <remarks>Known when the entry's headers have been given out, for some entries back.</remarks>
    /// <param name="entry">Of that layer's tar.</param>
    public bool TryGetWholeBody(long tarOffset, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DiffId? layer, out long entry)
    {
        bool isWhole = _whole.TryGet(tarOffset, out int number, out entry);
        layer = isWhole ? _bases.DiffId(number) : null;
        return isWhole;
    }

    public void Dispose() => _bases.Dispose();

    /// <summary>One piece of the output, from whatever is in progress; none where only the next thing was begun.</summary>
    private int Make(Span<byte> tar)
    {
        if (_segmentLeft == 0)
        {
            NextSegment();
            return 0;
        }

        tar = tar[..(int)Math.Min(tar.Length, _segmentLeft)];
        int count = MakePiece(tar);
        if (count > 0)
        {
            _hash.Append(tar[..count]);
            _segmentLeft -= count;
            TarOffset += count;
            if (_segmentLeft == 0)
            {
                CheckSegment();
            }
        }

        return count;
    }

    private int MakePiece(Span<byte> tar)
    {
        if (!_headersLeft.IsEmpty)
        {
            tar = tar[..Math.Min(tar.Length, _headersLeft.Length)];
            _headersLeft.Span[..tar.Length].CopyTo(tar);
            _headersLeft = _headersLeft[tar.Length..];
            return tar.Length;
        }

        if (_body.Left > 0)
        {
            return MakeBody(tar);
        }

        if (_rawLeft > 0)
        {
            tar = Cut(tar, ref _rawLeft);
            _segment[DeltaStream.Text].Read(tar);
            return tar.Length;
        }

        if (_zerosLeft > 0)
        {
            tar = Cut(tar, ref _zerosLeft);
            tar.Clear();
            return tar.Length;
        }

        NextThing();
        return 0;
    }

    private static Span<byte> Cut(Span<byte> tar, ref long left)
    {
        tar = tar[..(int)Math.Min(tar.Length, left)];
        left -= tar.Length;
        return tar;
    }

    private int MakeBody(Span<byte> tar)
    {
        int count = _body.Read(tar[..(int)Math.Min(tar.Length, _body.Left)]);
        if (_body.Left == 0 && _isPadded)
        {
            _zerosLeft = DeltaFormat.Padding(_bodyLength);
        }

        return count;
    }

    private void NextSegment()
    {
        if (!_segment.MoveNext())
        {
            _isAtEnd = true;
            return;
        }

        _segmentLeft = _segment.OutputLength;
        _headers.Reset();
        _body.Reset();
        (_last, _direction) = (EntryReference.Start, 1);
    }

    /// <summary>At the end of a segment's output: nothing is left over, and the output is what it should be.</summary>
    private void CheckSegment()
    {
        // A body may go on in the next one; nothing else may.
        if (!_headersLeft.IsEmpty || _rawLeft > 0 || _zerosLeft > 0 || _runLeft > 0 || !_segment.IsUsedUp())
        {
            throw new DeltaFormatException($"segment {_segment.Place.Segment} has more in it than it says");
        }

        Span<byte> hash = stackalloc byte[DeltaFormat.HashLength];
        _hash.GetHashAndReset(hash);
        if (!hash.SequenceEqual(_segment.OutputHash))
        {
            _bases.ThrowDamaged();
            throw new DeltaFormatException($"segment {_segment.Place.Segment} gives something else than it says, and no base is damaged");
        }
    }

    private void NextThing()
    {
        if (_runLeft > 0)
        {
            _runLeft--;
            _last.Step(_direction);
            NextCopy();
            return;
        }

        PlainStream control = _segment[DeltaStream.Control];
        long operation = control.ReadNumber(long.MaxValue);
        long more = operation >> 3;
        switch ((OperationKind)(operation & 7))
        {
            case OperationKind.RunForward:
            case OperationKind.RunBackward:
                _direction = (OperationKind)(operation & 7) == OperationKind.RunForward ? 1 : -1;
                _last.Read(control, _direction, Header);
                _runLeft = more;
                NextCopy();
                break;
            case OperationKind.Entry:
            case OperationKind.Body:
                NextBody(control, more <= BodyForm.All ? (int)more : throw control.Refused($"a body of form {more}"), (OperationKind)(operation & 7) == OperationKind.Entry);
                break;
            case OperationKind.Raw:
                _rawLeft = more + 1;
                break;
            case OperationKind.Zeros:
                _zerosLeft = more + 1;
                break;
            default:
                throw new DeltaVersionException((OperationKind)(operation & 7) == OperationKind.ExecutableFilter ? "a filter for executables" : "a body that is compressed anew");
        }
    }

    /// <summary>One entry of a run.</summary>
    private void NextCopy()
    {
        long length = Refer();
        _body.StartWhole(_last, length);
        Begin(length, isPadded: true, isWhole: true, withHeaders: true, hasReference: true);
    }

    private void NextBody(PlainStream control, int form, bool withHeaders)
    {
        bool hasReference = (form & BodyForm.HasReference) != 0;
        long sourceLength = 0;
        if (hasReference)
        {
            _last.Read(control, _direction, Header);
            sourceLength = Refer();
        }

        int kind = form & BodyForm.BodyMask;
        long length = kind switch
        {
            BodyForm.None => 0,
            BodyForm.Whole => hasReference ? sourceLength : throw control.Refused("a whole body of nothing"),
            BodyForm.Patched when hasReference => unchecked(sourceLength + control.ReadSigned()),
            _ => control.ReadNumber(long.MaxValue),
        };
        // An operation that puts nothing out could be there without end.
        bool isNothing = length == 0 && (kind is BodyForm.Literal or BodyForm.Patched || !withHeaders);
        if (length < 0 || isNothing || length > Header.TarLength - TarOffset)
        {
            throw control.Refused($"a body of {length} bytes");
        }

        StartBody(kind, hasReference, sourceLength, length);
        Begin(length, (form & BodyForm.NoPadding) == 0, kind == BodyForm.Whole, withHeaders, hasReference);
    }

    private void StartBody(int kind, bool hasReference, long sourceLength, long length)
    {
        if (kind == BodyForm.Patched)
        {
            _body.StartPatched(hasReference ? _last : default, hasReference, sourceLength, length);
        }
        else if (kind == BodyForm.Whole)
        {
            _body.StartWhole(_last, length);
        }
        else
        {
            _body.StartLiteral(length);
        }
    }

    /// <summary>Looks the reference up and parses its headers.</summary>
    /// <returns>The length of its body.</returns>
    private long Refer()
    {
        LayerEntry entry = _bases.Entry(_last.Layer, _last.Entry);
        _reference.Parse(entry.Headers);
        return entry.BodyLength;
    }

    private void Begin(long length, bool isPadded, bool isWhole, bool withHeaders, bool hasReference)
    {
        if (withHeaders)
        {
            if (hasReference && _reference.Bytes.Length > DeltaFormat.MaxHeadersLength)
            {
                throw new DeltaFormatException($"the headers of entry {_last.Entry} of base {_last.Layer} are too long to be made into others");
            }

            _headersLeft = _headers.Read(hasReference ? _reference : null, length);
        }

        (_bodyLength, _isPadded) = (length, isPadded);
        if (isWhole && length > 0)
        {
            _whole.Add(TarOffset + _headersLeft.Length, _last.Layer, _last.Entry);
        }
    }
}
