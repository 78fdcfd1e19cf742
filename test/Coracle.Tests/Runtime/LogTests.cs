using System.Text;
using System.Text.Json;
using Coracle.Runtime;
using CsCheck;

namespace Coracle.Tests.Runtime;

public sealed class LogTests : IDisposable
{
    private const long Time = 1_767_323_045_670_000_000; // 2026-01-02T03:04:05.67Z

    private readonly string _directory = Directory.CreateTempSubdirectory("coracle-log").FullName;

    private string Path => _directory + "/x-json.log";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // What Go's encoder (ffjson's in moby's jsonfilelog) makes of it; by hand from its source.
    [Theory]
    [InlineData("plain ~\x7f", "plain ~\x7f")]
    [InlineData("\"\\", "\\\"\\\\")]
    [InlineData("<a>&", "\\u003ca\\u003e\\u0026")]
    [InlineData("\r\n\t\b\f\0\x1b[0m", "\\r\\n\\u0009\\u0008\\u000c\\u0000\\u001b[0m")]
    [InlineData("äß€😀", "äß€😀")]
    [InlineData("\u2028\u2029", "\\u2028\\u2029")]
    public void Text_is_escaped_as_Go_does(string text, string expected) => Assert.Equal(expected, Encode(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData(new byte[] { 0xFF }, "\\ufffd")]
    [InlineData(new byte[] { 0xE2, 0x82 }, "\\ufffd\\ufffd")]                    // cut short: one for each byte
    [InlineData(new byte[] { 0xC0, 0x80, 0x41 }, "\\ufffd\\ufffdA")]             // overlong
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "\\ufffd\\ufffd\\ufffd")]       // a surrogate
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 }, "\\ufffd\\ufffd\\ufffd\\ufffd")] // beyond U+10FFFF
    [InlineData(new byte[] { 0xEF, 0xBF, 0xBD }, "\uFFFD")]                      // a real one is kept
    public void Bytes_that_are_not_UTF8_become_replacement_characters_one_by_one(byte[] text, string expected)
        => Assert.Equal(expected, Encode(text));

    [Fact]
    public void Any_bytes_give_JSON_that_reads_back_and_fits_what_was_measured()
        => Gen.Byte.Array[0, 300].Sample(text =>
        {
            string encoded = Encode(text);
            Assert.InRange(Encoding.UTF8.GetByteCount(encoded), 0, JsonText.Measure(text));
            using var parsed = JsonDocument.Parse('"' + encoded + '"');
            return parsed.RootElement.GetString()!.Length <= text.Length;
        });

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(Time, "2026-01-02T03:04:05.67Z")]
    [InlineData(951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z")]
    [InlineData(1_709_251_199_999_999_999, "2024-02-29T23:59:59.999999999Z")]
    [InlineData(4_107_542_400_123_456_789, "2100-03-01T00:00:00.123456789Z")]
    public void Time_is_RFC3339Nano_without_the_zeros_at_its_end(long nanoseconds, string expected)
    {
        Span<byte> text = stackalloc byte[Rfc3339Nano.LongestLength];
        Assert.Equal(expected, Encoding.ASCII.GetString(text[..Rfc3339Nano.Write(nanoseconds, text)]));
    }

    [Fact]
    public void Every_day_is_the_calendars()
        => Gen.Long[0, 4_000_000_000].Sample(seconds =>
        {
            Span<byte> text = stackalloc byte[Rfc3339Nano.LongestLength];
            string written = Encoding.ASCII.GetString(text[..Rfc3339Nano.Write(seconds * 1_000_000_000, text)]);
            return written == DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        });

    [Fact]
    public void A_line_is_Dockers_byte_for_byte()
    {
        using (var log = new JsonLog(new LogSpec(Path, 0, 1)))
        {
            log.Line(OutputStream.Stdout, "hello <world>"u8, endsLine: true, Time);
            log.Line(OutputStream.Stderr, "no newline"u8, endsLine: false, Time);
            log.Flush();
        }

        Assert.Equal(
            "{\"log\":\"hello \\u003cworld\\u003e\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.67Z\"}\n"
            + "{\"log\":\"no newline\",\"stream\":\"stderr\",\"time\":\"2026-01-02T03:04:05.67Z\"}\n",
            File.ReadAllText(Path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Files_rotate_before_they_grow_beyond_their_limit(int files)
    {
        const int Most = 1000;
        using (var log = new JsonLog(new LogSpec(Path, Most, files)))
        {
            for (int i = 0; i < 200; i++)
            {
                log.Line(OutputStream.Stdout, Encoding.ASCII.GetBytes($"line {i}"), endsLine: true, Time);
                if (i % 7 == 0)
                {
                    log.Flush();
                }
            }

            log.Flush();
        }

        string[] names = [.. Directory.GetFiles(_directory).Order()];
        Assert.Equal(files, names.Length);
        Assert.All(names, name => Assert.InRange(new FileInfo(name).Length, 1, Most));
        Assert.EndsWith("{\"log\":\"line 199\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.67Z\"}\n", File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_run_goes_on_in_the_same_file()
    {
        for (int run = 0; run < 2; run++)
        {
            using var log = new JsonLog(new LogSpec(Path, 150, 2));
            log.Line(OutputStream.Stdout, "some words of this run"u8, endsLine: true, Time);
            log.Flush();
        }

        Assert.True(File.Exists(Path + ".1")); // the second line would have gone beyond the limit
    }

    [Fact]
    public void A_long_line_is_cut_at_16_KiB_and_its_pieces_carry_the_time_of_the_first()
    {
        var sink = new Collector();
        var lines = new LineSplitter(OutputStream.Stdout, sink);
        Feed(lines, Encoding.ASCII.GetBytes(new string('a', 40_000) + "\nshort\nrest"));
        lines.End(99);
        Assert.Equal(
            [(16384, false, 1), (16384, false, 1), (7232, true, 1), (5, true, 3), (4, false, 99)],
            sink.Lines);
    }

    [Fact]
    public void However_output_arrives_it_is_logged_whole()
        => Gen.Select(Gen.Byte.Array[0, 2000], Gen.Int[1, 300], (text, step) => (text, step)).Sample(input =>
        {
            var sink = new Collector();
            var lines = new LineSplitter(OutputStream.Stderr, sink);
            for (int at = 0; at < input.text.Length; at += input.step)
            {
                Feed(lines, input.text.AsSpan(at, Math.Min(input.step, input.text.Length - at)));
            }

            lines.End(0);
            return sink.All.ToArray().AsSpan().SequenceEqual(input.text);
        });

    [Fact]
    public void A_frame_header_is_stream_zeros_and_the_length_big_endian()
    {
        byte[] header = new byte[MuxFrame.HeaderLength];
        MuxFrame.WriteHeader(header, OutputStream.Stderr, 0x01020304);
        Assert.Equal([2, 0, 0, 0, 1, 2, 3, 4], header);
    }

    private static void Feed(LineSplitter lines, ReadOnlySpan<byte> text)
    {
        long time = 1;
        while (!text.IsEmpty)
        {
            int count = Math.Min(text.Length, lines.Free.Length);
            text[..count].CopyTo(lines.Free);
            lines.Added(count, time++);
            Assert.True(lines.Newest(count).SequenceEqual(text[..count]));
            lines.Compact();
            text = text[count..];
        }
    }

    private static string Encode(ReadOnlySpan<byte> text)
    {
        byte[] all = new byte[(text.Length * JsonText.LongestUnit) + JsonText.LongestUnit];
        int done = JsonText.Encode(text, all, out int written);
        Assert.Equal(text.Length, done);
        return Encoding.UTF8.GetString(all, 0, written);
    }

    private sealed class Collector : ILineSink
    {
        public List<(int Length, bool EndsLine, long Time)> Lines { get; } = [];

        public MemoryStream All { get; } = new();

        public void Line(OutputStream stream, ReadOnlySpan<byte> text, bool endsLine, long unixNanoseconds)
        {
            Lines.Add((text.Length, endsLine, unixNanoseconds));
            All.Write(text);
            if (endsLine)
            {
                All.WriteByte((byte)'\n');
            }
        }
    }
}
