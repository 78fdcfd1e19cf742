using System.Buffers.Text;
using System.Text;

namespace Coracle.Http;

/// <summary>The first line and the header fields of a request or of a response, checked.</summary>
/// <param name="First">The method, or the version.</param>
/// <param name="Second">The request target, or the reason phrase.</param>
/// <param name="MinorVersion">0 or 1: HTTP/1.0 or HTTP/1.1.</param>
/// <param name="Status">0 in a request.</param>
internal sealed record MessageHead(string First, string Second, int MinorVersion, int Status, HttpHeaders Headers)
{
    private static ReadOnlySpan<byte> EndOfHead => "\r\n\r\n"u8;

    /// <summary>
    /// Where the head ends (after its empty line), or -1 when it is not all there yet. A bare LF ends it, too: who ends lines so is
    /// refused at once, instead of being waited for.
    /// </summary>
    /// <param name="searched">Bytes already looked at in vain, so that a head that drips in is not searched again and again.</param>
    public static int FindEnd(ReadOnlySpan<byte> bytes, int searched)
    {
        for (int at = searched; at < bytes.Length; at++)
        {
            int next = bytes[at..].IndexOf((byte)'\n');
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (at == 0 || bytes[at - 1] != '\r' || bytes[..(at + 1)].EndsWith(EndOfHead))
            {
                return at + 1;
            }
        }

        return -1;
    }

    /// <param name="head">From the first line up to and with the empty line.</param>
    /// <exception cref="HttpFormatException">With the status that a server answers.</exception>
    public static MessageHead ParseRequest(ReadOnlySpan<byte> head, int maxHeaders)
    {
        ReadOnlySpan<byte> line = TakeLine(ref head);
        int firstSpace = line.IndexOf((byte)' ');
        int lastSpace = line.LastIndexOf((byte)' ');
        if (firstSpace <= 0 || lastSpace <= firstSpace + 1)
        {
            throw new HttpFormatException(400, "malformed request line");
        }

        ReadOnlySpan<byte> method = line[..firstSpace];
        ReadOnlySpan<byte> target = line[(firstSpace + 1)..lastSpace];
        if (!FieldText.IsToken(method) || target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) || target.Contains((byte)'#'))
        {
            throw new HttpFormatException(400, "malformed request line");
        }

        return new(
            Encoding.ASCII.GetString(method), Encoding.ASCII.GetString(target),
            MinorOf(line[(lastSpace + 1)..]), 0, ParseFields(head, maxHeaders));
    }

    /// <inheritdoc cref="ParseRequest"/>
    public static MessageHead ParseResponse(ReadOnlySpan<byte> head, int maxHeaders)
    {
        ReadOnlySpan<byte> line = TakeLine(ref head);

        // "HTTP/1.1 200 OK"; some servers leave out the reason, and some even the space before it.
        bool wellFormed = line.Length >= 12 && line[8] == ' ' && (line.Length == 12 || line[12] == ' ');
        if (!wellFormed || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out int used) || used != 3 || status < 100)
        {
            throw new HttpFormatException(502, "malformed status line");
        }

        string reason = line.Length > 13 ? Encoding.Latin1.GetString(line[13..]) : "";
        return new("HTTP", reason, MinorOf(line[..8]), status, ParseFields(head, maxHeaders));
    }

    private static int MinorOf(ReadOnlySpan<byte> version)
    {
        if (version.SequenceEqual("HTTP/1.1"u8))
        {
            return 1;
        }

        if (version.SequenceEqual("HTTP/1.0"u8))
        {
            return 0;
        }

        throw version.StartsWith("HTTP/"u8)
            ? new HttpFormatException(505, "unsupported protocol version")
            : new HttpFormatException(400, "malformed HTTP version");
    }

    internal static HttpHeaders ParseFields(ReadOnlySpan<byte> rest, int maxHeaders)
    {
        HttpHeaders headers = new();
        while (true)
        {
            ReadOnlySpan<byte> line = TakeLine(ref rest);
            if (line.IsEmpty)
            {
                return headers;
            }

            if (headers.Count == maxHeaders)
            {
                throw new HttpFormatException(431, $"more than {maxHeaders} header fields");
            }

            AddField(headers, line);
        }
    }

    private static void AddField(HttpHeaders headers, ReadOnlySpan<byte> line)
    {
        // A line that begins with a space continued the one before it in old HTTP; where two readers disagree about
        // that, one of them can be fooled, so RFC 9112 §5.2 lets a server refuse it. A name with a space: the same.
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || !FieldText.IsToken(line[..colon]))
        {
            throw new HttpFormatException(400, "malformed header field");
        }

        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        if (!FieldText.IsFieldValue(value))
        {
            throw new HttpFormatException(400, "malformed header value");
        }

        headers.Add(Encoding.ASCII.GetString(line[..colon]), Encoding.Latin1.GetString(value));
    }

    /// <summary>One line without its CRLF. A bare CR or LF is refused: it is where readers disagree.</summary>
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || end + 1 >= rest.Length || rest[end] != '\r' || rest[end + 1] != '\n')
        {
            throw new HttpFormatException(400, "malformed line end");
        }

        ReadOnlySpan<byte> line = rest[..end];
        rest = rest[(end + 2)..];
        return line;
    }
}
