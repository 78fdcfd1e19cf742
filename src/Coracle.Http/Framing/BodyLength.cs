namespace Coracle.Http;

internal enum BodyKind
{
    None,
    Length,
    Chunked,
    UntilClose,
}

/// <summary>How a body is delimited. Decided once from the header fields, and refused where two readers could disagree.</summary>
internal readonly record struct BodyLength(BodyKind Kind, long Bytes = 0)
{
    /// <summary>18 digits: no sum of such a length with an offset can overflow.</summary>
    private const int MaxDigits = 18;

    /// <remarks>RFC 9112 §6.1: both fields at once is how requests are smuggled past a proxy; a server may refuse, so we do.</remarks>
    public static BodyLength OfRequest(MessageHead head)
    {
        int encodings = head.Headers.CountOf("Transfer-Encoding");
        int lengths = head.Headers.CountOf("Content-Length");
        if (encodings > 0)
        {
            if (lengths > 0 || head.MinorVersion == 0)
            {
                throw new HttpFormatException(400, "Transfer-Encoding beside Content-Length, or in HTTP/1.0");
            }

            RequireChunked(head.Headers, encodings, 501);
            return new(BodyKind.Chunked);
        }

        if (lengths > 1)
        {
            throw new HttpFormatException(400, "more than one Content-Length");
        }

        return lengths == 0 ? new(BodyKind.None) : OfLength(head.Headers["Content-Length"]!, 400);
    }

    /// <param name="isHead">Whether the request was HEAD: then there is never a body.</param>
    public static BodyLength OfResponse(MessageHead head, bool isHead)
    {
        if (isHead || head.Status is < 200 or 204 or 304)
        {
            return new(BodyKind.None);
        }

        int encodings = head.Headers.CountOf("Transfer-Encoding");
        if (encodings > 0)
        {
            // Beside a length it wins (RFC 9112 §6.3); the connection is not used again after that.
            RequireChunked(head.Headers, encodings, 502);
            return new(BodyKind.Chunked);
        }

        BodyLength? length = null;
        foreach ((string name, string value) in head.Headers)
        {
            if (string.Equals(name, "Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                BodyLength found = OfLength(value, 502);
                length = length is null || length == found
                    ? found
                    : throw new HttpFormatException(502, "two different Content-Lengths");
            }
        }

        return length ?? new(BodyKind.UntilClose);
    }

    private static void RequireChunked(HttpHeaders headers, int count, int status)
    {
        if (count > 1 || !string.Equals(headers["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase))
        {
            throw new HttpFormatException(status, "unsupported Transfer-Encoding");
        }
    }

    private static BodyLength OfLength(string text, int status)
    {
        if (text.Length is 0 or > MaxDigits || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw new HttpFormatException(status, "malformed Content-Length");
        }

        long bytes = 0;
        foreach (char digit in text)
        {
            bytes = (bytes * 10) + (digit - '0');
        }

        return bytes == 0 ? new(BodyKind.None) : new(BodyKind.Length, bytes);
    }
}
