using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Coracle.Wire;

/// <summary>The lines that pull, push, load, import and build answer with: a JSON object and <c>\r\n</c> each.</summary>
/// <remarks>moby's streamformatter and jsonmessage. The deprecated <c>progress</c> and <c>error</c> stay: Home Assistant reads them.</remarks>
public static class ProgressJson
{
    private const int BarWidth = 50;

    private static readonly string[] _units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    private static readonly JsonWriterOptions _shape = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A message: <c>{"status":"Pulling from library/x","id":"latest"}</c>.</summary>
    public static void WriteMessage(IBufferWriter<byte> output, string status, string? id) => Write(output, json =>
    {
        json.WriteString("status"u8, status);
        WriteId(json, id);
    });

    /// <summary>A step of a row, with its count where there is one.</summary>
    /// <param name="current">Bytes; 0 for a step that counts nothing.</param>
    public static void WriteStep(IBufferWriter<byte> output, string status, string? id, long current, long total) => Write(output, json =>
    {
        json.WriteString("status"u8, status);
        json.WriteStartObject("progressDetail"u8);
        if (current > 0 || total > 0)
        {
            json.WriteNumber("current"u8, current);
            json.WriteNumber("total"u8, total);
        }

        json.WriteEndObject();
        if (Bar(current, total) is { Length: > 0 } bar)
        {
            json.WriteString("progress"u8, bar);
        }

        WriteId(json, id);
    });

    /// <summary>A text that clients print as it is: <c>{"stream":"Loaded image: x:1\n"}</c>.</summary>
    public static void WriteText(IBufferWriter<byte> output, string text) => Write(output, json => json.WriteString("stream"u8, text));

    /// <summary>The failure of a request that has answered 200 already.</summary>
    public static void WriteError(IBufferWriter<byte> output, string message) => Write(output, json =>
    {
        json.WriteStartObject("errorDetail"u8);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
        json.WriteString("error"u8, message);
    });

    /// <summary>Docker's bar and byte counts: <c>[====>      ]  1.2MB/10MB</c>.</summary>
    internal static string Bar(long current, long total)
    {
        if (current <= 0 && total <= 0)
        {
            return "";
        }

        if (total <= 0)
        {
            return HumanSize(current).PadLeft(8);
        }

        int filled = Math.Min(BarWidth, (int)((double)current / total * 100) / 2);
        string counts = current > total ? HumanSize(current).PadLeft(8) : $"{HumanSize(current),8}/{HumanSize(total)}";
        return $"[{new string('=', filled)}>{new string(' ', BarWidth - filled)}] {counts}";
    }

    /// <summary>Four significant digits in decimal units, as go-units prints them.</summary>
    internal static string HumanSize(long bytes)
    {
        double size = bytes;
        int unit = 0;
        while (size >= 1000 && unit < _units.Length - 1)
        {
            size /= 1000;
            unit++;
        }

        return size.ToString("G4", CultureInfo.InvariantCulture) + _units[unit];
    }

    private static void Write(IBufferWriter<byte> output, Action<Utf8JsonWriter> fields)
    {
        using (Utf8JsonWriter json = new(output, _shape))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        output.Write("\r\n"u8);
    }

    private static void WriteId(Utf8JsonWriter json, string? id)
    {
        if (id is not null)
        {
            json.WriteString("id"u8, id);
        }
    }
}
