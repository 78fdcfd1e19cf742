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
