using System.Net;

namespace Coracle;

/// <summary>One <c>-H</c>.</summary>
internal abstract record ListenAddress
{
    private const int DefaultPort = 2375;

    public sealed record Unix(string Path) : ListenAddress
    {
        public override string ToString() => "unix://" + Path;
    }

    public sealed record Tcp(IPEndPoint EndPoint) : ListenAddress
    {
        public override string ToString() => "tcp://" + EndPoint;
    }

    /// <summary>All sockets that systemd has opened for us.</summary>
    public sealed record Inherited : ListenAddress
    {
        public override string ToString() => "fd://";
    }

    /// <exception cref="OptionsException">Not an address that we can listen on.</exception>
    public static ListenAddress Parse(string text, string defaultSocket)
    {
        if (text.StartsWith("unix://", StringComparison.Ordinal))
        {
            string path = text["unix://".Length..];
            return new Unix(path.Length == 0 ? defaultSocket : path);
        }

        if (text is "fd://" or "fd://*")
        {
            return new Inherited();
        }

        string address = text.StartsWith("tcp://", StringComparison.Ordinal) ? text["tcp://".Length..] : text;
        return !address.Contains("://", StringComparison.Ordinal) ? ParseTcp(address, text) : throw Invalid(text);
    }

    private static Tcp ParseTcp(string address, string text)
    {
        address = address.TrimEnd('/');
        if (address.StartsWith(':'))
        {
            address = "0.0.0.0" + address;
        }

        address = address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        if (!IPEndPoint.TryParse(address, out IPEndPoint? endPoint))
        {
            throw Invalid(text);
        }

        return new Tcp(endPoint.Port == 0 && !address.EndsWith(":0", StringComparison.Ordinal) ? new(endPoint.Address, DefaultPort) : endPoint);
    }

    private static OptionsException Invalid(string text) => new($"unable to parse bind address (-H): {text}");
}
