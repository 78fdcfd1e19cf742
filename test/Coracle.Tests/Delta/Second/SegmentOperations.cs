namespace Coracle.Tests.Delta.Second;

/// <summary>The operations of one segment ("Control"): each adds to its output.</summary>
internal sealed class SegmentOperations(SegmentStreams streams, Sources sources, long tarLeft, int outputLength)
{
    private readonly byte[] _output = new byte[outputLength];
    private readonly HeaderMaking _headers = new(streams);
    private readonly PatchedBody _patched = new(streams, sources);
    private int _filled;
    private Place _last = new(0, -1);
    private int _direction = 1;

    private enum BodyKind
    {
        None,
        Literal,
        Patched,
        Whole,
    }

    private int Room => _output.Length - _filled;

    public byte[] Run()
    {
        while (Room > 0)
        {
            long operation = streams.Control.Number();
            long n = operation >> 3;
            switch (operation & 7)
            {
                case 0:
                    RunOf(n, 1);
                    break;
                case 1:
                    RunOf(n, -1);
                    break;
                case 2:
                    Entry(n, hasHeaders: true);
                    break;
                case 3:
                    Entry(n, hasHeaders: false);
                    break;
                case 4:
                    Put(streams.Text.Take(n + 1));
                    break;
                case 5:
                    Zeros(n + 1);
                    break;
                default:
                    throw new RefusedException($"operation {operation & 7} is reserved");
            }
        }

        streams.RequireEnds();
        return _output;
    }

    private void RunOf(long more, int direction)
    {
        _direction = direction;
        _last = ReadReference();
        for (long i = 0; i <= more; i++)
        {
            _last = i == 0 ? _last : Expected;
            BaseEntry entry = sources[_last];
            Put(_headers.Next(entry, entry.Body.Length));
            bool isCut = entry.Body.Length > Room;
            Put(isCut ? entry.Body.AsSpan(0, Room) : entry.Body);
            FillUp(isCut ? 0 : entry.Body.Length);
        }
    }

    private void Entry(long form, bool hasHeaders)
    {
        RefusedException.Unless(form <= 15, $"a form of {form}");
        var kind = (BodyKind)(form >> 2);
        Place? reference = (form & 1) != 0 ? _last = ReadReference() : null;
        BaseEntry? source = reference is { } place ? sources[place] : null;
        long length = ReadLength(kind, source);
        RefusedException.Unless(hasHeaders || length > 0, "a body that is none");
        RefusedException.Unless(length <= tarLeft - _filled, "a body that the tar has no room for");
        if (hasHeaders)
        {
            Put(_headers.Next(source, length));
        }

        Span<byte> body = _output.AsSpan(_filled, (int)Math.Min(length, Room));
        switch (kind)
        {
            case BodyKind.Literal:
                streams.Literals.Take(body.Length).CopyTo(body);
                break;
            case BodyKind.Patched:
                _patched.Write(body, length, reference);
                break;
            case BodyKind.Whole:
                source!.Body.AsSpan(0, body.Length).CopyTo(body);
                break;
        }

        _filled += body.Length;
        if ((form & 2) == 0 && body.Length == length)
        {
            FillUp(length);
        }
    }

    private long ReadLength(BodyKind kind, BaseEntry? source)
    {
        if (kind == BodyKind.None)
        {
            return 0;
        }

        RefusedException.Unless(kind != BodyKind.Whole || source != null, "the whole body of nothing");
        long length = kind == BodyKind.Whole ? source!.Body.Length
            : kind == BodyKind.Patched && source != null ? source.Body.Length + streams.Control.Signed()
            : streams.Control.Number();
        RefusedException.Unless(length >= 1 || kind == BodyKind.Whole, $"a body of {length} bytes");
        return length;
    }

    private Place Expected => _last with { Entry = _last.Entry + _direction };

    private Place ReadReference() => Sources.ReadReference(streams.Control, Expected);

    private void FillUp(long length) => Zeros(-length & 511);

    private void Zeros(long count)
    {
        RefusedException.Unless(count <= Room, "zeros past the segment's output");
        _filled += (int)count;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        RefusedException.Unless(bytes.Length <= Room, "past the segment's output");
        bytes.CopyTo(_output.AsSpan(_filled));
        _filled += bytes.Length;
    }
}
