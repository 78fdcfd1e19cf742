#pragma warning disable RS0030 // This is the one place that reads the environment, once, before anything else runs.
using System.Collections;
using System.Globalization;

namespace Coracle;

/// <summary>
/// What the engine takes from its environment: what systemd tells a service (sd_notify(3), sd_listen_fds(3)), and where OpenSSL's
/// users put certificates.
/// </summary>
/// <param name="NotifySocket">Where to say that we are ready; null outside of systemd.</param>
/// <param name="InheritedSockets">How many listening sockets were opened for us, from descriptor 3 on.</param>
internal sealed record StartEnvironment(string? NotifySocket, int InheritedSockets)
{
    public const int FirstInherited = 3;

    private const int MaxInherited = 64;

    /// <summary>SSL_CERT_FILE; null where it is not set.</summary>
    public string? CaFile { get; private init; }

    /// <summary>SSL_CERT_DIR, split at its colons.</summary>
    public IReadOnlyList<string> CaDirectories { get; private init; } = [];

    /// <summary>HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case; null where they are not set.</summary>
    public (string? Http, string? Https, string? Except) Proxies { get; private init; }

    public static StartEnvironment Read()
    {
        string? notify = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

        // Meant for another process when the pid is not ours: then the descriptors are somebody else's business.
        bool forUs = Number("LISTEN_PID") == Environment.ProcessId;
        int sockets = forUs ? Math.Clamp(Number("LISTEN_FDS"), 0, MaxInherited) : 0;
        return new(string.IsNullOrEmpty(notify) ? null : notify, sockets)
        {
            CaFile = Text("SSL_CERT_FILE"),
            Proxies = (Text("HTTP_PROXY") ?? Text("http_proxy"), Text("HTTPS_PROXY") ?? Text("https_proxy"), Text("NO_PROXY") ?? Text("no_proxy")),
            CaDirectories = Text("SSL_CERT_DIR")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
    }

    /// <summary>All of it, for the command line: <c>run -e NAME</c> passes any of them on.</summary>
    public static IReadOnlyDictionary<string, string> Variables()
    {
        Dictionary<string, string> variables = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = variable.Value as string ?? "";
        }

        return variables;
    }

    private static string? Text(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;

    private static int Number(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
