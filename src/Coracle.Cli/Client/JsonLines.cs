using System.Runtime.CompilerServices;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>A stream of JSON objects, one per line: progress, events.</summary>
internal static class JsonLines
{
    private const int FirstBufferBytes = 16 * 1024;

    /// <summary>Longer than any event; an engine that sends more without a line end is none.</summary>
    private const int MaxLineBytes = 1 << 20;

    /// <exception cref="CliException">A line without end.</exception>
    /// <exception cref="JsonException">A line that is no JSON.</exception>
    public static async IAsyncEnumerable<JsonElement> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[FirstBufferBytes];
        int count = 0;
        int read;
        do
        {
            if (count == buffer.Length)
            {
                Array.Resize(ref buffer, count < MaxLineBytes ? count * 2 : throw new CliException("the engine sent a line without end"));
            }

            read = await stream.ReadAsync(buffer.AsMemory(count), cancellationToken);
            count += read;
            int start = 0;
            // At the end, what has no line end is a line too.
            while (LineEnd(buffer, start, count, isLast: read == 0) is int end and >= 0)
            {
                if (Parse(buffer.AsMemory(start, end - start)) is JsonElement line)
                {
                    yield return line;
                }

                start = Math.Min(end + 1, count);
            }

            buffer.AsSpan(start, count - start).CopyTo(buffer);
            count -= start;
        }
        while (read > 0);
    }

    private static int LineEnd(byte[] buffer, int start, int count, bool isLast)
    {
        int end = buffer.AsSpan(start, count - start).IndexOf((byte)'\n');
        return end >= 0 ? start + end : isLast && start < count ? count : -1;
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> line)
    {
        if (line.Span.Trim(" \r\t"u8).IsEmpty)
        {
            return null;
        }

        using JsonDocument document = GoJson.Parse(line);
        return document.RootElement.Clone();
    }
}
