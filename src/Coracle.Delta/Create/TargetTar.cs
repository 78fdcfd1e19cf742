namespace Coracle.Delta;

/// <summary>The tar of a layer from its entries, front to back.</summary>
internal sealed class TargetTar(ILayerSource layer)
{
    private readonly byte[] _padding = new byte[DeltaFormat.BlockLength];
    private byte[] _headers = [];
    private int _headersAt;
    private int _headersLength;
    private long _entry = -1;
    private long _bodyLength;
    private long _bodyAt;
    private int _paddingAt;
    private int _paddingLength;
    private long _trailerAt;
    private long _offset;

    /// <summary>All of these bytes.</summary>
    public void Read(Span<byte> tar)
    {
        while (!tar.IsEmpty)
        {
            int count = ReadSome(tar);
            tar = tar[count..];
            _offset += count;
        }
    }

    private int ReadSome(Span<byte> tar)
    {
        while (true)
        {
            if (_headersAt < _headersLength)
            {
                return Copy(_headers.AsSpan(_headersAt, _headersLength - _headersAt), tar, ref _headersAt);
            }

            if (_bodyAt < _bodyLength)
            {
                int count = layer.ReadBody(_entry, _bodyAt, tar[..(int)Math.Min(tar.Length, _bodyLength - _bodyAt)]);
                _bodyAt += count;
                return count > 0 ? count : throw new InvalidDataException($"the body of entry {_entry} of {layer.DiffId} ends at {_bodyAt}, not at {_bodyLength}");
            }

            if (_paddingAt < _paddingLength)
            {
                return Copy(_padding.AsSpan(_paddingAt, _paddingLength - _paddingAt), tar, ref _paddingAt);
            }

            if (_entry + 1 >= layer.EntryCount)
            {
                int count = layer.ReadTrailer(_trailerAt, tar);
                _trailerAt += count;
                return count > 0 ? count : throw new InvalidDataException($"the tar of {layer.DiffId} ends at {_offset}, not at {layer.TarLength}");
            }

            Next();
        }
    }

    private void Next()
    {
        LayerEntry entry = layer[++_entry];
        (_headersAt, _headersLength, _bodyAt, _bodyLength, _paddingAt) = (0, entry.Headers.Length, 0, entry.BodyLength, 0);
        if (_headers.Length < _headersLength)
        {
            _headers = new byte[_headersLength];
        }

        entry.Headers.CopyTo(_headers);
        _paddingLength = PaddingOf(layer, _entry, _bodyLength, _padding, _offset + _headersLength + _bodyLength, out _);
    }

    /// <summary>What fills a body up, which is less than it should be where the tar is cut short.</summary>
    /// <returns>Its length.</returns>
    public static int PaddingOf(ILayerSource layer, long entry, long bodyLength, Span<byte> padding, long bodyEnd, out bool isOdd)
    {
        int whole = DeltaFormat.Padding(bodyLength);
        int length = (int)Math.Min(whole, layer.TarLength - bodyEnd);
        padding.Clear();
        isOdd = layer.TryGetOddPadding(entry, padding[..length]) || length < whole;
        return length;
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to, ref int at)
    {
        int count = Math.Min(from.Length, to.Length);
        from[..count].CopyTo(to);
        at += count;
        return count;
    }
}
