namespace Coracle.Delta;

/// <summary>Writes a target's entries into the streams of a segment, until it is full.</summary>
internal sealed class TargetWriter
{
    /// <summary>Bodies are written in such pieces; a segment may end behind each.</summary>
    private const int PieceLength = 32 * 1024;

    /// <summary>Streams grow so much between two looks at their packed length.</summary>
    private const int EstimateStep = 16 * 1024;

    /// <summary>What creation holds of a segment that packs very well.</summary>
    private const long MaxPlain = 24L << 20;

    private readonly TargetPlan _plan;
    private readonly SegmentStreams _streams;
    private readonly int[] _layers;
    private readonly HeaderCoder _headers;
    private readonly ControlWriter _control;
    private readonly StepWriter _steps;
    private readonly DifferenceWriter _differences;
    private readonly HeaderView _reference = new();
    private readonly byte[] _padding = new byte[DeltaFormat.BlockLength];
    private readonly byte[] _body = new byte[PieceLength];
    private readonly byte[] _source = new byte[PieceLength];
    private PackedEstimate? _estimate;
    private long _seen;
    private long _limit;
    private long _zeros;

    /// <param name="layers">The number that each layer has in the header; -1 for those that are not in it.</param>
    public TargetWriter(TargetPlan plan, SegmentStreams streams, int[] layers)
    {
        (_plan, _streams, _layers) = (plan, streams, layers);
        _headers = new HeaderCoder(streams, plan.Outlook);
        _control = new ControlWriter(streams);
        _steps = new StepWriter(streams);
        _differences = new DifferenceWriter(streams);
    }

    /// <param name="limit">Packed bytes, about.</param>
    /// <param name="onEntry">Told of each entry when it is complete, or when the segment ends in it.</param>
    /// <returns>Where the next segment begins; with <see cref="TargetCursor.Entry"/> behind the last entry when all is written.</returns>
    public TargetCursor Write(TargetCursor start, long limit, Action<int>? onEntry, CancellationToken cancellationToken)
    {
        using var estimate = new PackedEstimate();
        (_estimate, _seen, _limit) = (estimate, 0, limit);
        _streams.Clear();
        _headers.Reset();
        _control.Reset();
        _differences.Reset();
        TargetCursor at = start;
        bool isFull = false;
        while (at.Entry < _plan.Entries.Count && !isFull)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int entry = at.Entry;
            at = WriteEntry(at);
            onEntry?.Invoke(entry);
            isFull = at.Entry == entry || IsFull();
        }

        if (!isFull)
        {
            at = WriteTrailer(at);
        }

        _control.Flush();
        _headers.Flush();
        _differences.Flush();
        return at;
    }

    private bool IsFull()
    {
        long length = _streams.Length;
        if (length - _seen >= Math.Min(EstimateStep, _limit / 4))
        {
            _seen = length;
            _estimate!.Update(_streams);
        }

        // Deflate makes about a ninth more of most streams; never so much that a segment would pass its bound.
        return _estimate!.Length * 9 >= _limit * 10 || length >= MaxPlain;
    }

    private TargetCursor WriteEntry(TargetCursor at)
    {
        int like = _plan.Pairing.Like[at.Entry];
        int layer = like < 0 ? -1 : _plan.Table.Layer(like);
        long number = like < 0 ? 0 : like - _plan.Table.Starts[layer];
        LayerEntry source = like < 0 ? default : _plan.Bases[layer][number];
        layer = like < 0 ? -1 : _layers[layer];
        if (at.BodyOffset > 0)
        {
            return WriteBody(at, OperationKind.Body, layer, number, source.BodyLength, 0);
        }

        _reference.Parse(source.Headers);
        LayerEntry target = _plan.Target[at.Entry];
        int headersLength = target.Headers.Length;
        if (headersLength > DeltaFormat.MaxHeadersLength || source.Headers.Length > DeltaFormat.MaxHeadersLength)
        {
            int done = WriteRawHeaders(target.Headers.Span, at.HeadersOffset);
            return done < headersLength ? at with { HeadersOffset = done, TarOffset = at.TarOffset + done - at.HeadersOffset }
                : target.BodyLength == 0 ? Next(at, headersLength - at.HeadersOffset)
                : WriteBody(at, OperationKind.Body, layer, number, source.BodyLength, headersLength - at.HeadersOffset);
        }

        _headers.Write(at.Entry, target.Headers, like < 0 ? null : _reference, target.BodyLength);
        return WriteBody(at, OperationKind.Entry, layer, number, source.BodyLength, headersLength);
    }

    /// <returns>How many of them are written.</returns>
    private int WriteRawHeaders(ReadOnlySpan<byte> headers, int at)
    {
        while (at < headers.Length)
        {
            int length = Math.Min(PieceLength, headers.Length - at);
            _control.Raw(headers.Slice(at, length));
            at += length;
            if (at < headers.Length && IsFull())
            {
                break;
            }
        }

        return at;
    }

    private static TargetCursor Next(TargetCursor at, long length) => new() { Entry = at.Entry + 1, TarOffset = at.TarOffset + length };

    private TargetCursor WriteBody(TargetCursor at, OperationKind kind, int layer, long number, long sourceLength, int headersLength)
    {
        long length = _plan.Entries.Lengths[at.Entry];
        long bodyEnd = at.TarOffset + headersLength + length - at.BodyOffset;
        int padding = TargetTar.PaddingOf(_plan.Target, at.Entry, length, _padding, bodyEnd, out bool isOdd);
        bool isWhole = _plan.Pairing.IsSame[at.Entry];
        bool isPatched = _plan.IsPatched(at.Entry);
        if (isWhole && !isOdd && kind == OperationKind.Entry)
        {
            _control.Copy(layer, number);
            return Next(at, bodyEnd + padding - at.TarOffset);
        }

        // A rest fills up to what is left of its block, not to what its own length asks for.
        bool isPadded = !isOdd && at.BodyOffset == 0;
        int form = length == 0 ? BodyForm.None : isWhole ? BodyForm.Whole : isPatched ? BodyForm.Patched : BodyForm.Literal;
        _control.Body(kind, form | (isPadded ? 0 : BodyForm.NoPadding), length - at.BodyOffset, layer, number, sourceLength);
        long done = form is BodyForm.Patched or BodyForm.Literal ? WritePieces(at, form, layer, number) : length;
        if (done < length)
        {
            return new TargetCursor { Entry = at.Entry, BodyOffset = done, TarOffset = bodyEnd - (length - done) };
        }

        if (!isPadded)
        {
            WritePadding(_padding.AsSpan(0, padding));
        }

        return Next(at, bodyEnd + padding - at.TarOffset);
    }

    private void WritePadding(ReadOnlySpan<byte> padding)
    {
        if (padding.ContainsAnyExcept((byte)0))
        {
            _control.Raw(padding);
        }
        else
        {
            _control.Zeros(padding.Length);
        }
    }

    /// <returns>Bytes of the body that are written, those before the cursor included.</returns>
    private long WritePieces(TargetCursor at, int form, int layer, long number)
    {
        long length = _plan.Entries.Lengths[at.Entry];
        _steps.Start(layer, number, length - at.BodyOffset);
        long begin = 0;
        foreach (TargetPiece piece in _plan.Pieces[at.Entry]!)
        {
            foreach (PatchStep step in piece.Steps)
            {
                long end = begin + step.AddLength + step.LiteralLength;
                if (end > at.BodyOffset)
                {
                    long done = WriteStep(at, form, piece, step, begin, Math.Max(begin, at.BodyOffset));
                    if (done < end || (end < length && IsFull()))
                    {
                        return done;
                    }
                }

                begin = end;
            }
        }

        return length;
    }

    /// <param name="begin">Where the step begins in the body.</param>
    /// <param name="from">Where in the step writing begins.</param>
    /// <returns>The place in the body behind what was written.</returns>
    private long WriteStep(TargetCursor at, int form, TargetPiece piece, PatchStep step, long begin, long from)
    {
        long addEnd = begin + step.AddLength;
        long end = addEnd + step.LiteralLength;
        long place = from;
        PoolPiece? source = step.AddLength > 0 ? piece.Group!.At(step.PoolOffset) : null;
        long sourceOffset = source is null ? 0 : source.Offset + (step.PoolOffset - source.Start) - begin;
        int layer = source is null ? 0 : _plan.Table.Layer(source.Number);
        long number = source is null ? 0 : source.Number - _plan.Table.Starts[layer];
        while (place < end)
        {
            bool isAdd = place < addEnd;
            Span<byte> body = _body.AsSpan(0, (int)Math.Min(PieceLength, (isAdd ? addEnd : end) - place));
            Bodies.ReadExactly(_plan.Target, at.Entry, place, body);
            if (isAdd)
            {
                Span<byte> old = _source.AsSpan(0, body.Length);
                Bodies.ReadExactly(_plan.Bases[layer], number, sourceOffset + place, old);
                _differences.Write(body, old);
            }
            else
            {
                System.Buffers.BuffersExtensions.Write(_streams[DeltaStream.Literals], body);
            }

            place += body.Length;
            if (place < end && IsFull())
            {
                break;
            }
        }

        if (form == BodyForm.Patched)
        {
            long added = Math.Clamp(addEnd - from, 0, place - from);
            _steps.Step(added, place - from - added, source is null ? 0 : _layers[layer], number, sourceOffset + from);
        }

        return place;
    }

    private TargetCursor WriteTrailer(TargetCursor at)
    {
        long offset = at.BodyOffset;
        int count;
        do
        {
            count = _plan.Target.ReadTrailer(offset, _body);
            WriteTrailer(_body.AsSpan(0, count));
            offset += count;
        }
        while (count > 0 && !IsFull());

        WritePendingZeros();
        return at with { BodyOffset = offset, TarOffset = at.TarOffset + offset - at.BodyOffset };
    }

    /// <summary>Zeros are counted, anything else is given as it is.</summary>
    private void WriteTrailer(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int zeros = bytes.IndexOfAnyExcept((byte)0);
            zeros = zeros < 0 ? bytes.Length : zeros;
            _zeros += zeros;
            bytes = bytes[zeros..];
            int others = bytes.IndexOf(new byte[64]);
            others = others < 0 ? bytes.Length : others;
            if (others > 0)
            {
                WritePendingZeros();
                _control.Raw(bytes[..others]);
                bytes = bytes[others..];
            }
        }
    }

    private void WritePendingZeros()
    {
        _control.Zeros(_zeros);
        _zeros = 0;
    }
}
