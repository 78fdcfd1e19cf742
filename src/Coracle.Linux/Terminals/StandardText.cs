using System.Text;

namespace Coracle.Linux;

/// <summary>Text onto standard output or standard error, each piece written at once.</summary>
/// <remarks>Console's writers bring terminals' descriptions, encodings and a handler for ended children: 40 KB of the file for a few lines.</remarks>
public sealed class StandardText(int descriptor) : TextWriter
{
    private readonly StandardStream _stream = new(descriptor);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value) => _stream.Write(Encoding.GetBytes(value ?? ""));

    public override void WriteLine(string? value) => Write(value + "\n");

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }
}
