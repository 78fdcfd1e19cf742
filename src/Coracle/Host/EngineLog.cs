using System.Globalization;
using System.Text;
using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle;

/// <summary>Every log line of the engine: time, level, message, one line each, to stderr.</summary>
/// <remarks>Own sink: Logging.Console costs 400 KB of the file and a thread (docs/decisions/0002-one-static-file.md).</remarks>
internal sealed class EngineLog(Stream target, LogLevel lowest, TimeProvider time) : ILogger
{
    private readonly Lock _lock = new(); // one line at a time

    public static EngineLog ToStandardError(LogLevel lowest) => new(new StandardStream(Terminal.StandardError), lowest, TimeProvider.System);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string text = formatter(state, exception) + (exception is null ? "" : $": {exception}");
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {WordOf(logLevel)} {OneLine(text)}\n");
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        try
        {
            lock (_lock)
            {
                target.Write(bytes);
            }
        }
        catch (IOException)
        {
            // Nobody reads our log any more. The engine has containers to look after.
        }
    }

    /// <summary>A message with a line break in it, from a client or a registry, must not look like a line of ours.</summary>
    private static string OneLine(string text)
        => text.AsSpan().ContainsAny('\n', '\r') ? text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", " | ", StringComparison.Ordinal) : text;

    private static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
