using System.Globalization;
using System.Text;

namespace Coracle.Http;

/// <summary>Builds a message's head in a buffer of the caller.</summary>
internal ref struct HeadWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    public int Length { get; private set; }

    public void StatusLine(int status, int minorVersion)
    {
        Text(minorVersion == 1 ? "HTTP/1.1 " : "HTTP/1.0 ");
        Number(status);
        Text(" ");
        Text(ReasonPhrase.Of(status));
        Text("\r\n");
    }

    public void Fields(HttpHeaders headers)
    {
        foreach ((string name, string value) in headers)
        {
            Field(name, value);
        }
    }

    public void Field(string name, string value)
    {
        Text(name);
        Text(": ");
        Text(value);
        Text("\r\n");
    }

    public void Field(string name, long value)
    {
        Text(name);
        Text(": ");
        Number(value);
        Text("\r\n");
    }

    public void End() => Text("\r\n");

    /// <exception cref="InvalidOperationException">It does not fit: our own headers are bounded, so this is a bug.</exception>
    public void Text(string text)
    {
        if (text.Length > _target.Length - Length)
        {
            throw new InvalidOperationException("the message head does not fit its buffer");
        }

        Length += Encoding.Latin1.GetBytes(text, _target[Length..]);
    }

    private void Number(long value)
    {
        if (!value.TryFormat(_target[Length..], out int written, provider: CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException("the message head does not fit its buffer");
        }

        Length += written;
    }
}
