namespace Coracle.Delta;

/// <summary>Bytes of one entry's headers (or of a name in them): grows to what one may have, and no further.</summary>
internal sealed class HeaderBuffer
{
    private byte[] _bytes = new byte[4 * DeltaFormat.BlockLength];

    public int Length { get; private set; }

    public Span<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Set(ReadOnlySpan<byte> bytes)
    {
        Length = 0;
        _ = TryAppend(bytes);
    }

    /// <returns>False where it would be more than headers may have; then nothing is appended.</returns>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (!TryGrow(bytes.Length, out Span<byte> place))
        {
            return false;
        }

        bytes.CopyTo(place);
        return true;
    }

    /// <param name="place">Room for so many more bytes, with anything in it.</param>
    /// <inheritdoc cref="TryAppend"/>
    public bool TryGrow(int count, out Span<byte> place)
    {
        place = default;
        if (count > DeltaFormat.MaxHeadersLength - Length)
        {
            return false;
        }

        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Min(DeltaFormat.MaxHeadersLength, Math.Max(2 * _bytes.Length, Length + count)));
        }

        place = _bytes.AsSpan(Length, count);
        Length += count;
        return true;
    }

    /// <summary>Fills up to whole blocks.</summary>
    public bool TryPad()
    {
        bool fits = TryGrow(DeltaFormat.Padding(Length), out Span<byte> padding);
        padding.Clear();
        return fits;
    }
}
