using System.Text;
using Coracle.Http;
using CsCheck;

namespace Coracle.Tests.Http;

/// <summary>Whatever bytes arrive: a value or a <see cref="HttpFormatException"/>, nothing else, and never more memory than the bound.</summary>
public sealed class ParserProperties
{
    private static readonly string[] _pieces =
    [
        "GET ", "POST ", "/", "/a%2Fb", "%", " HTTP/1.1", " HTTP/1.0", "\r\n", "\n", "\r", "Host: x", ":", ": ", " ", "\t", "\0",
        "Content-Length: ", "Transfer-Encoding: chunked", "5", "-1", "ffff", ";ext=1", "0", "\r\n\r\n", "é", "Connection: close", "?q=1&q=%41",
    ];

    private static readonly Gen<byte[]> _bytes = Gen.OneOf(
        Gen.Int[0, _pieces.Length - 1].Array[0, 40].Select(picks => Encoding.Latin1.GetBytes(string.Concat(picks.Select(i => _pieces[i])))),
        Gen.Byte.Array[0, 300]);

    [Fact]
    public void Any_bytes_are_a_head_or_a_format_error() => _bytes.Sample(bytes => Survives(() =>
    {
        MessageHead head = MessageHead.ParseRequest(bytes, maxHeaders: 16);
        _ = BodyLength.OfRequest(head);
        _ = new HttpRequest(head, new MessageBody(new BufferedInput(Stream.Null), default), 0, default).Query;
    }));

    [Fact]
    public void Any_bytes_are_an_answer_or_a_format_error() => _bytes.Sample(bytes => Survives(()
        => BodyLength.OfResponse(MessageHead.ParseResponse(bytes, maxHeaders: 16), isHead: false)));

    [Fact]
    public void Any_size_line_is_a_length_or_a_format_error()
        => _bytes.Sample(bytes => Survives(() => Assert.InRange(ChunkedDecoder.ParseSize(bytes), 0, 1L << 60)));

    [Fact]
    public async Task What_is_chunked_anyhow_is_read_back_whole()
        => await Gen.Select(Gen.Byte.Array[1, 200].Array[0, 20], Gen.Int[1, 37]).SampleAsync(async (chunks, step) =>
        {
            using MemoryStream wire = new();
            foreach (byte[] chunk in chunks)
            {
                wire.Write(Encoding.ASCII.GetBytes($"{chunk.Length:X}\r\n"));
                wire.Write(chunk);
                wire.Write("\r\n"u8);
            }

            wire.Write("0\r\n\r\nrest"u8);
            BufferedInput input = new(new Dripping(wire.ToArray(), step));
            MessageBody body = new(input, new BodyLength(BodyKind.Chunked));
            using MemoryStream read = new();
            await body.CopyToAsync(read);
            Assert.Equal(chunks.SelectMany(chunk => chunk), read.ToArray());
            Assert.True("rest"u8.StartsWith(input.Unread));
        }, iter: 200);

    private static void Survives(Action parse)
    {
        try
        {
            parse();
        }
        catch (HttpFormatException)
        {
            // Refused: as good as read.
        }
    }

    /// <summary>Gives at most so many bytes a read: every split of a message must read the same.</summary>
    private sealed class Dripping(byte[] bytes, int step) : ReadOnlyStream
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(step, Math.Min(buffer.Length, bytes.Length - _at));
            bytes.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            return ValueTask.FromResult(count);
        }
    }
}
