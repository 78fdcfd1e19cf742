using System.Globalization;

namespace Coracle.Cli;

/// <summary>Where the engine listens.</summary>
/// <param name="Text">As it was given, for the person.</param>
/// <param name="Path">Of the socket, or null.</param>
/// <param name="Name">Of the machine where there is no path.</param>
internal sealed record EngineHost(string Text, string? Path, string Name, int Port)
{
    private const string Default = "unix:///run/coracle/coracle.sock";

    /// <summary>IANA's for Docker without TLS.</summary>
    private const int UsualPort = 2375;

    /// <summary>The option, else <c>CORACLE_HOST</c>, else <c>DOCKER_HOST</c>, else our own socket.</summary>
    /// <exception cref="CliException">Several, or a way to connect that is not built.</exception>
    public static EngineHost Of(ParsedArguments global, CliProcess process)
    {
        if (global.Values("host").Count > 1)
        {
            throw Unresolved("Specify only one -H");
        }

        if (global.Value("context") is { } context and not ("default" or ""))
        {
            throw Unresolved($"context \"{context}\": context not found: contexts are not kept here, use -H");
        }

        if (global.Has("tls") || global.Has("tlsverify"))
        {
            throw Unresolved("TLS to the engine is not built: use its unix socket");
        }

        return Parse(global.Value("host") ?? NotEmpty(process, "CORACLE_HOST") ?? NotEmpty(process, "DOCKER_HOST") ?? Default);
    }

    /// <exception cref="CliException">No unix socket and no address.</exception>
    public static EngineHost Parse(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? text : text[(scheme + 3)..];
        switch (scheme < 0 ? "tcp" : text[..scheme])
        {
            case "unix":
                return new EngineHost(text, rest, "", 0);
            case "tcp":
                string address = rest.TrimEnd('/');
                int colon = address.LastIndexOf(':');
                bool hasPort = colon > address.LastIndexOf(']');
                string name = hasPort ? address[..colon] : address;
                int port = UsualPort;
                if (hasPort && !int.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port))
                {
                    throw Unresolved($"invalid bind address format: {text}");
                }

                return new EngineHost(scheme < 0 ? $"tcp://{name}:{port}" : text, null, name.Length == 0 ? "127.0.0.1" : name.Trim('[', ']'), port);
            default:
                throw Unresolved($"invalid bind address format: {text}");
        }
    }

    private static string? NotEmpty(CliProcess process, string variable) => process.Environment.GetValueOrDefault(variable) is { Length: > 0 } host ? host : null;

    private static CliException Unresolved(string why) => new($"Failed to initialize: unable to resolve docker endpoint: {why}");
}
