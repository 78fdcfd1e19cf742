namespace Coracle.Delta;

/// <summary>Reads bodies of layers that creation was given.</summary>
internal static class Bodies
{
    public static void ReadExactly(ILayerSource layer, long entry, long offset, Span<byte> body)
    {
        while (!body.IsEmpty)
        {
            int count = layer.ReadBody(entry, offset, body);
            if (count == 0)
            {
                throw new InvalidDataException($"the body of entry {entry} of {layer.DiffId} ends at {offset}");
            }

            body = body[count..];
            offset += count;
        }
    }
}
