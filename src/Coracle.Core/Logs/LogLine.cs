using System.Text.Json;

namespace Coracle.Core;

/// <summary>One line of a json-file log, decoded into buffers that the next line reuses.</summary>
internal sealed class LogLine
{
    private const int LongestTime = 64;

    private readonly byte[] _time = new byte[LongestTime];

    private byte[] _text = new byte[4096];

    private int _textLength;

    private int _timeLength;

    /// <summary>With its line feed, unless the writer had to split a longer one.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    public ReadOnlySpan<byte> Time => _time.AsSpan(0, _timeLength);

    public bool IsStderr { get; private set; }

    /// <returns>False when it is no log line: a cut by power leaves half ones, and they are passed over.</returns>
    public bool TryDecode(ReadOnlySpan<byte> json)
    {
        _textLength = 0;
        _timeLength = 0;
        IsStderr = false;
        if (TryTakePlain(json))
        {
            return true;
        }

        try
        {
            Utf8JsonReader reader = new(json);
            bool any = false;
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    any |= TakeMember(ref reader);
                }
            }

            return any;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>
    /// Our own writer's shape with nothing escaped but the line feed, as nearly every line is: 5 times as quick as the JSON reader,
    /// which gets what does not fit.
    /// </summary>
    private bool TryTakePlain(ReadOnlySpan<byte> json)
    {
        if (!TryPass(ref json, "{\"log\":\""u8))
        {
            return false;
        }

        int end = json.IndexOfAny((byte)'\\', (byte)'"');
        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> text = json[..end];
        json = json[end..];
        bool endsLine = TryPass(ref json, "\\n"u8);
        bool isStderr = false;
        if (!TryPass(ref json, "\",\"stream\":\"stdout\",\"time\":\""u8) && !(isStderr = TryPass(ref json, "\",\"stream\":\"stderr\",\"time\":\""u8)))
        {
            return false;
        }

        int timeLength = json.IndexOf("\"}"u8);
        if (timeLength is < 0 or > LongestTime || timeLength + 2 != json.Length || json[..timeLength].IndexOfAny((byte)'\\', (byte)'"') >= 0)
        {
            return false;
        }

        Take(text, endsLine, json[..timeLength]);
        IsStderr = isStderr;
        return true;
    }

    private void Take(ReadOnlySpan<byte> text, bool endsLine, ReadOnlySpan<byte> time)
    {
        if (_text.Length <= text.Length)
        {
            _text = new byte[text.Length + 1];
        }

        text.CopyTo(_text);
        _text[text.Length] = (byte)'\n';
        _textLength = text.Length + (endsLine ? 1 : 0);
        time.CopyTo(_time);
        _timeLength = time.Length;
    }

    private static bool TryPass(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected)
    {
        bool passed = text.StartsWith(expected);
        text = passed ? text[expected.Length..] : text;
        return passed;
    }

    private bool TakeMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("log"u8))
        {
            reader.Read();
            int most = reader.ValueSpan.Length;
            if (_text.Length < most)
            {
                _text = new byte[most];
            }

            _textLength = reader.CopyString(_text);
            return true;
        }

        if (reader.ValueTextEquals("stream"u8))
        {
            reader.Read();
            IsStderr = reader.ValueTextEquals("stderr"u8);
        }
        else if (reader.ValueTextEquals("time"u8))
        {
            reader.Read();
            _timeLength = reader.ValueSpan.Length <= LongestTime ? reader.CopyString(_time) : 0;
        }

        return false;
    }
}
